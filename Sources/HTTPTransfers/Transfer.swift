// One request on its way: what libcurl is told about it, and what it hands over of the answer.

internal import CCurl
internal import CurlTransport

/// A libcurl easy handle, and where it writes what went wrong in its own words.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let message: UnsafeMutablePointer<CChar>

    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(pointer)
        message.deallocate()
    }

    func collectMessage() throws(CurlError) {
        message.pointee = 0
        try check(ccurl_setopt_pointer(pointer, CURLOPT_ERRORBUFFER, message))
    }

    /// libcurl's words for the last failure; empty when it has none.
    var lastMessage: String { String(cString: message) }

    func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try check(ccurl_setopt_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(CurlError) {
        try check(ccurl_setopt_string(pointer, option, value))
    }

    func check(_ code: CURLcode) throws(CurlError) {
        guard code == CURLE_OK else { throw CurlError(code, doing: "setting up a request") }
    }
}

/// A request that runs. Touched by the transfers' thread alone.
final class Transfer {
    let id: TransferID
    let waiting: WaitingTransfer
    let handle: EasyHandle
    private let list: HTTPHeaderList
    private var headers = HTTPHeaders()
    private var body: [UInt8] = []
    private var overrun: CurlError?

    private var request: HTTPRequest { waiting.request }

    init(_ id: TransferID, _ waiting: WaitingTransfer, on handle: EasyHandle) throws(CurlError) {
        self.id = id
        self.waiting = waiting
        self.handle = handle
        list = try HTTPHeaderList(waiting.request.headers + (waiting.request.signature?.headers ?? []))
    }

    func prepare(_ configuration: HTTPClientConfiguration, _ certificateAuthorities: String?) throws(CurlError) {
        let remaining = ContinuousClock.now.duration(to: waiting.deadline)
        guard remaining > .zero else { throw .outOfTime }
        try handle.collectMessage()
        try handle.set(CURLOPT_NOSIGNAL, 1)
        try handle.set(CURLOPT_TIMEOUT_MS, remaining.curlMilliseconds)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, min(remaining, configuration.connectTimeout).curlMilliseconds)
        try handle.set(CURLOPT_MAXAGE_CONN, max(1, Int(clamping: configuration.maximumIdleTime.components.seconds)))
        try handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try handle.set(CURLOPT_USERAGENT, configuration.userAgent)
        try handle.set(CURLOPT_PATH_AS_IS, 1)
        if request.bypassesProxies { try handle.set(CURLOPT_PROXY, "") }
        if !request.mayBeRepeated { try handle.set(CURLOPT_FRESH_CONNECT, 1) }
        try handle.check(ccurl_setopt_list(handle.pointer, CURLOPT_HTTPHEADER, list.first))
        try prepareMethod()
        try prepareTLS(certificateAuthorities)
        try prepareURL()
        try prepareCallbacks()
    }

    private func prepareMethod() throws(CurlError) {
        guard request.method != .get else { return try handle.set(CURLOPT_HTTPGET, 1) }
        try handle.set(CURLOPT_POST, 1)
        if request.method != .post { try handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
        // A large body is announced by `Expect: 100-continue`, which cannot be switched off without a header that older
        // libcurls would sign and not send; so the server is not waited for.
        try handle.set(CURLOPT_EXPECT_100_TIMEOUT_MS, 1)
        try handle.check(
            ccurl_setopt_off_t(handle.pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        )
        // Not as bytes when there are none: a null pointer would make libcurl read the body from standard input.
        guard !request.body.isEmpty else { return try handle.set(CURLOPT_COPYPOSTFIELDS, "") }
        try handle.check(
            request.body.withUnsafeBufferPointer {
                ccurl_setopt_pointer(handle.pointer, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
            }
        )
    }

    private func prepareTLS(_ certificateAuthorities: String?) throws(CurlError) {
        // A libcurl without TLS refuses its options; one that is asked for https says so itself.
        guard request.url.utf8.starts(with: "https:".utf8) else { return }
        guard ccurl_version().pointee.features & CURL_VERSION_SSL != 0 else {
            throw CurlError(
                kind: .tls,
                code: Int32(CURLE_UNSUPPORTED_PROTOCOL.rawValue),
                description: """
                    requesting \(request.origin): this executable's libcurl has no TLS. Let `swift package archive` choose \
                    it, or say `--libcurl openssl`
                    """
            )
        }
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let certificateAuthorities { try handle.set(CURLOPT_CAINFO, certificateAuthorities) }
    }

    private func prepareURL() throws(CurlError) {
        guard let signature = request.signature else { return try handle.set(CURLOPT_URL, request.url) }
        if let target = RequestSignature.target(of: request.url, service: signature.service) {
            try handle.set(CURLOPT_URL, target.signed)
            try handle.set(CURLOPT_REQUEST_TARGET, target.sent)
        } else {
            try handle.set(CURLOPT_URL, request.url)
        }
        try handle.set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
        try handle.set(CURLOPT_USERNAME, signature.accessKeyID)
        try handle.set(CURLOPT_PASSWORD, signature.secretAccessKey)
    }

    private func prepareCallbacks() throws(CurlError) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        try handle.check(ccurl_setopt_pointer(handle.pointer, CURLOPT_WRITEDATA, this))
        try handle.check(ccurl_setopt_pointer(handle.pointer, CURLOPT_HEADERDATA, this))
        try handle.check(ccurl_setopt_data_callback(handle.pointer, CURLOPT_WRITEFUNCTION, receiveBody))
        try handle.check(ccurl_setopt_data_callback(handle.pointer, CURLOPT_HEADERFUNCTION, receiveHeader))
    }

    // MARK: The answer

    fileprivate func receive(header line: UnsafeRawBufferPointer) -> Bool {
        // A new status line begins a new block: after a 100 Continue, or libcurl's retry on a fresh connection.
        if line.starts(with: "HTTP/".utf8) { headers.removeAll() }
        guard headers.append(line: line) else {
            overrun = .tooLarge(HTTPHeaders.maximumSize, what: "header block")
            return false
        }
        return true
    }

    fileprivate func receive(body piece: UnsafeRawBufferPointer) -> Bool {
        if body.isEmpty {
            var announced: curl_off_t = -1
            _ = ccurl_getinfo_off_t(handle.pointer, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced)
            // The announcement is a claim, so bounded.
            body.reserveCapacity(min(max(0, Int(clamping: announced)), request.maximumResponseSize, 1024 * 1024))
        }
        guard piece.count <= request.maximumResponseSize - body.count else {
            overrun = .tooLarge(request.maximumResponseSize, what: "body")
            return false
        }
        body.append(contentsOf: piece)
        return true
    }

    func reply(_ code: CURLcode) -> TransferReply {
        if let overrun { return .failure(overrun) }
        let operation = "requesting \(request.origin)"
        guard code == CURLE_OK else { return .failure(CurlError(code, doing: operation, detail: handle.lastMessage)) }
        // libcurl reports a header block that was cut short as a success.
        guard headers.isComplete else { return .failure(CurlError(CURLE_PARTIAL_FILE, doing: operation)) }
        var status = 0
        _ = ccurl_getinfo_long(handle.pointer, CURLINFO_RESPONSE_CODE, &status)
        return .success(HTTPResponse(status: status, headers: headers, body: body))
    }
}

extension CurlError {
    fileprivate init(_ code: CURLcode, doing operation: String, detail: String) {
        let plain = CurlError(code, doing: operation)
        self.init(
            kind: plain.kind,
            code: plain.code,
            description: detail.isEmpty ? plain.description : "\(operation): \(detail) (curl error \(plain.code))"
        )
    }
}

// libcurl calls these on the thread that is inside `curl_multi_perform`, while `TransferThread` holds the transfer.
private func receiveBody(data: UnsafeMutablePointer<CChar>?, size: Int, count: Int, this: UnsafeMutableRawPointer?)
    -> Int
{
    receive(data, size, count, this) { $0.receive(body: $1) }
}

private func receiveHeader(
    data: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    this: UnsafeMutableRawPointer?
) -> Int {
    receive(data, size, count, this) { $0.receive(header: $1) }
}

private func receive(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ this: UnsafeMutableRawPointer?,
    _ deliver: (Transfer, UnsafeRawBufferPointer) -> Bool
) -> Int {
    guard let this else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(this).takeUnretainedValue()
    let length = size * count
    // Any count other than the one given makes libcurl end the transfer.
    return deliver(transfer, UnsafeRawBufferPointer(start: data, count: length)) ? length : length &+ 1
}
