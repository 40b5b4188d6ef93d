// One HTTP connection for one loop: a libcurl easy handle that is kept, one blocking request at a time.

internal import CCurl
internal import CLambdaSystem

/// An HTTP/1.1 client for one server, for a loop that has nothing else to do while it waits.
///
/// Every call blocks its thread until the response is complete: libcurl's easy interface offers nothing else, and the
/// Lambda runtime loop needs nothing else, since the environment is frozen while it waits for the next event. There is
/// no timeout. Proxies named in the environment are ignored, and redirects are not followed.
///
/// A GET is sent again when the kept connection turns out to be dead. A POST is sent at most once.
///
/// Not `Sendable`: a libcurl handle serves one thread at a time, and one loop owns it.
public final class BlockingConnection {
    private let handle: UnsafeMutableRawPointer
    private let collector: ResponseCollector
    private let sentOnce = SentOnce()
    private var hasLargeBuffers = false

    /// Ends a wait from another thread; the one thing here that another thread may use.
    public let interruption = ConnectionInterruption()

    /// Makes the handle; the connection itself is made by the first request and kept alive after it.
    /// A new connection may take two seconds.
    ///
    /// - Parameter userAgent: the `User-Agent` of every request.
    public init(userAgent: String) throws(CurlError) {
        try startLibcurl()
        guard let handle = curl_easy_init() else { throw CurlError(CURLE_OUT_OF_MEMORY, doing: "starting libcurl") }
        self.handle = handle
        collector = ResponseCollector(of: handle, largestReservation: 8 * 1024 * 1024)
        try configure(userAgent: userAgent)
    }

    deinit {
        curl_easy_cleanup(handle)
    }

    private func configure(userAgent: String) throws(CurlError) {
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, 2000)
        try set(CURLOPT_TCP_NODELAY, 1)
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_USERAGENT, userAgent)
        // An empty proxy overrides `http_proxy`, which belongs to the function's own traffic.
        try set(CURLOPT_PROXY, "")
        try collector.attach()
        try check(sentOnce.attach(to: handle))
        let interruption = Unmanaged.passUnretained(interruption).toOpaque()
        try check(ccurl_setopt_socket_callbacks(handle, interruption, connectionOpened, connectionClosing))
    }

    /// Sends a GET and waits for the whole response.
    ///
    /// - Parameter maximumBodySize: a larger body, in bytes, ends the transfer with `.responseTooLarge`.
    public func get(
        _ url: String,
        headers: borrowing RequestHeaders,
        maximumBodySize: Int
    ) throws(CurlError) -> HTTPResponse {
        try set(CURLOPT_HTTPGET, 1)
        sentOnce.begin(mayBeRepeated: true)
        return try perform(url, headers: headers, maximumBodySize: maximumBodySize)
    }

    /// Sends a POST with `body`, which is not copied, and waits for the whole response.
    ///
    /// It is not sent again when the kept connection turns out to be dead: that is a lost connection to the caller.
    ///
    /// - Parameter maximumBodySize: a larger response body, in bytes, ends the transfer with `.responseTooLarge`.
    public func post(
        _ url: String,
        headers: borrowing RequestHeaders,
        body: [UInt8],
        maximumBodySize: Int = 64 * 1024
    ) throws(CurlError) -> HTTPResponse {
        try set(CURLOPT_POST, 1)
        sentOnce.begin(mayBeRepeated: false)
        if !hasLargeBuffers, body.count > Self.largeBody { try enlargeBuffers() }
        try check(ccurl_setopt_off_t(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        return try body.withUnsafeBufferPointer { (bytes) throws(CurlError) -> HTTPResponse in
            // A null pointer would make libcurl read the body from standard input.
            let start = bytes.baseAddress.map { UnsafeRawPointer($0) } ?? emptyBody
            try check(ccurl_setopt_pointer(handle, CURLOPT_POSTFIELDS, start))
            // libcurl keeps the pointer; it must not outlive the bytes.
            defer { _ = ccurl_setopt_pointer(handle, CURLOPT_POSTFIELDS, nil) }
            return try perform(url, headers: headers, maximumBodySize: maximumBodySize)
        }
    }

    private func perform(
        _ url: String,
        headers list: borrowing RequestHeaders,
        maximumBodySize: Int
    ) throws(CurlError) -> HTTPResponse {
        collector.begin(maximumBodySize: maximumBodySize)
        if !hasLargeBuffers, collector.bodyCapacity > Self.largeBody { try enlargeBuffers() }
        try set(CURLOPT_URL, url)
        try check(ccurl_setopt_list(handle, CURLOPT_HTTPHEADER, list.first))
        let result = curl_easy_perform(handle)
        if sentOnce.hasRefused { throw .lostOnce(doing: "requesting \(url)") }
        return try collector.response(after: result) { CurlError($0, doing: "requesting \(url)") }
    }

    private static let largeBody = 64 * 1024

    /// Transfers bodies in few pieces: with libcurl's own 16 KB, a body of 5.5 MB takes a third more time. Called when the
    /// first large body comes: most functions never see one, and every start would pay for the memory.
    ///
    /// These buffers, the body and the handler's own values are freed and allocated again with each event. If they were
    /// returned to the system in between, their pages would be faulted in each time, which doubles the time of a 100 KB
    /// body. Lambda charges for the memory that a function is configured with, not for what it uses.
    private func enlargeBuffers() throws(CurlError) {
        try set(CURLOPT_BUFFERSIZE, 512 * 1024)
        try set(CURLOPT_UPLOAD_BUFFERSIZE, 512 * 1024)
        keep_freed_memory()
        hasLargeBuffers = true
    }

    private func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try check(ccurl_setopt_long(handle, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(CurlError) {
        try check(value.withCString { ccurl_setopt_string(handle, option, $0) })
    }

    private func check(_ code: CURLcode) throws(CurlError) {
        guard code == CURLE_OK else { throw CurlError(code, doing: "setting up a request") }
    }
}

/// A complete HTTP response.
public struct HTTPResponse: Sendable {
    public let status: Int
    public let headers: ResponseHeaders
    public let body: [UInt8]

    package init(status: Int, headers: ResponseHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Makes libcurl ready, once for the process.
package func startLibcurl() throws(CurlError) {
    guard globalInitResult == CURLE_OK else { throw CurlError(globalInitResult, doing: "starting libcurl") }
}

/// `curl_global_init` must run once, before any handle, while no other thread is in libcurl: a lazy global does.
private let globalInitResult = curl_global_init(Int(CURL_GLOBAL_ALL))

// One byte that is never read (the size sent with it is 0) and never freed.
nonisolated(unsafe) private let emptyBody = UnsafeRawPointer(
    UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
)
