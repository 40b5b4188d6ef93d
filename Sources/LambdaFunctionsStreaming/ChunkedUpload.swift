// One POST whose body is written piece by piece: a libcurl transfer that pauses while there is nothing to send.

internal import CCurl
internal import CurlTransport

/// How an upload ends without a reply to the whole of it.
enum UploadError: Error {
    /// The connection is gone, or was never made.
    case lost(CurlError)
    /// The server replied before the body had ended: it takes no more.
    case refused(status: Int, reply: String)
}

/// A connection for requests whose bodies come in pieces, one request at a time. Each piece is sent before the next one
/// is accepted.
///
/// Every call blocks its thread until the kernel has taken the bytes, which is all the back-pressure there is and all
/// that is needed: only the current piece is in memory. The connection is kept alive from one request to the next. A
/// request is sent at most once.
///
/// Not `Sendable`: a libcurl handle serves one thread at a time, and one stream owns it.
final class ChunkedUpload {
    private let multi: UnsafeMutableRawPointer
    /// The handle of the request that is under way. Each gets a new one: libcurl 7.88 frees memory twice when a handle
    /// that has sent trailers is used again. The connection belongs to the multi handle, and stays.
    private var easy: UnsafeMutableRawPointer?

    /// The piece that is being sent; valid while `write` runs.
    private var piece = UnsafeRawBufferPointer(start: nil, count: 0)
    private var hasEnded = false
    /// Whether libcurl has asked for more than there is, which it does when all before is with the kernel.
    private var isDrained = false
    private var trailers: [(name: String, value: String)] = []
    private var reply: [UInt8] = []
    /// libcurl's number for how the transfer ended, nil while it runs.
    private var result: CURLcode?
    private var headers = RequestHeaders()
    private let sentOnce = SentOnce()

    init() throws(CurlError) {
        try startLibcurl()
        guard let multi = curl_multi_init() else { throw CurlError.outOfMemory }
        self.multi = multi
    }

    deinit {
        dropHandle()
        curl_multi_cleanup(multi)
    }

    /// Begins a request: connects and sends its head.
    func begin(_ url: String, userAgent: String, headers: consuming RequestHeaders) throws(UploadError) {
        do throws(CurlError) {
            try prepare(url, userAgent: userAgent, headers: headers)
        } catch {
            throw .lost(error)
        }
        try drive { $0.isDrained }
    }

    private func prepare(_ url: String, userAgent: String, headers: consuming RequestHeaders) throws(CurlError) {
        dropHandle()
        guard let easy = curl_easy_init() else { throw CurlError.outOfMemory }
        self.easy = easy
        self.headers = headers
        hasEnded = false
        isDrained = false
        trailers = []
        reply = []
        result = nil
        try configure(easy)
        try check(ccurl_setopt_string(easy, CURLOPT_URL, url))
        try check(ccurl_setopt_string(easy, CURLOPT_USERAGENT, userAgent))
        try check(ccurl_setopt_list(easy, CURLOPT_HTTPHEADER, self.headers.first))
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else { throw CurlError.outOfMemory }
    }

    private func configure(_ easy: UnsafeMutableRawPointer) throws(CurlError) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        try check(ccurl_setopt_long(easy, CURLOPT_NOSIGNAL, 1))
        try check(ccurl_setopt_long(easy, CURLOPT_TCP_NODELAY, 1))
        try check(ccurl_setopt_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)))
        try check(ccurl_setopt_long(easy, CURLOPT_CONNECTTIMEOUT_MS, 2000))
        try check(ccurl_setopt_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256 * 1024))
        try check(ccurl_setopt_long(easy, CURLOPT_POST, 1))
        try check(ccurl_setopt_string(easy, CURLOPT_PROXY, ""))
        try check(ccurl_setopt_off_t(easy, CURLOPT_POSTFIELDSIZE_LARGE, -1))
        try check(ccurl_setopt_pointer(easy, CURLOPT_READDATA, this))
        try check(ccurl_setopt_pointer(easy, CURLOPT_WRITEDATA, this))
        try check(ccurl_setopt_pointer(easy, CURLOPT_TRAILERDATA, this))
        try check(ccurl_setopt_data_callback(easy, CURLOPT_READFUNCTION, giveBody))
        try check(ccurl_setopt_data_callback(easy, CURLOPT_WRITEFUNCTION, takeReply))
        try check(ccurl_setopt_trailer_callback(easy, giveTrailers))
        try check(ccurl_setopt_sockopt_callback(easy, newConnectionClosesOnExec))
        sentOnce.begin(mayBeRepeated: false)
        try check(sentOnce.attach(to: easy))
    }

    private func dropHandle() {
        guard let easy else { return }
        curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
        self.easy = nil
    }

    /// Sends `bytes` and returns when the kernel has them.
    func write(_ bytes: UnsafeRawBufferPointer) throws(UploadError) {
        guard !bytes.isEmpty, result == nil else { return try check() }
        piece = bytes
        defer { piece = UnsafeRawBufferPointer(start: nil, count: 0) }
        try resume()
        try drive { $0.isDrained }
    }

    /// Ends the body, with `trailers` behind it, and waits for the reply.
    func finish(trailers: [(name: String, value: String)]) throws(UploadError) -> (status: Int, reply: String) {
        try check()
        self.trailers = trailers
        hasEnded = true
        try resume()
        try drive { _ in false }
        return (status, replyText)
    }

    private func resume() throws(UploadError) {
        isDrained = false
        let code = curl_easy_pause(easy, CURLPAUSE_CONT)
        guard code == CURLE_OK else { throw .lost(CurlError(code, doing: Self.operation)) }
    }

    /// Lets the transfer continue until it has ended or `isEnough`.
    private func drive(until isEnough: (ChunkedUpload) -> Bool) throws(UploadError) {
        while result == nil, !isEnough(self) {
            var running: Int32 = 0
            guard curl_multi_perform(multi, &running) == CURLM_OK else { throw .lost(CurlError.outOfMemory) }
            let code = ccurl_multi_result(multi)
            if code >= 0 { result = CURLcode(rawValue: UInt32(code)) }
            try check()
            if result == nil, !isEnough(self) { curl_multi_poll(multi, nil, 0, 1000, nil) }
        }
        try check()
    }

    /// Throws for a transfer that has failed, or that the server has replied to before its body had ended: libcurl stops
    /// sending at an error's first line and waits for the rest of the reply, which may not come, and goes on sending after
    /// a success.
    private func check() throws(UploadError) {
        if let result, result != CURLE_OK {
            throw .lost(
                sentOnce.hasRefused ? .lostOnce(doing: Self.operation) : CurlError(result, doing: Self.operation)
            )
        }
        if !hasEnded, result != nil || status >= 200 { throw .refused(status: status, reply: replyText) }
    }

    private static let operation = "streaming the response"

    /// Of the reply; 0 before it.
    private var status: Int {
        var status = 0
        guard ccurl_getinfo_long(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK else { return 0 }
        return status
    }

    private var replyText: String { String(decoding: reply, as: UTF8.self) }

    fileprivate func give(_ room: UnsafeMutableRawBufferPointer) -> Int {
        guard !piece.isEmpty else {
            if hasEnded { return 0 }
            isDrained = true
            return Int(CURL_READFUNC_PAUSE)
        }
        let count = min(room.count, piece.count)
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: piece[..<count]))
        piece = UnsafeRawBufferPointer(rebasing: piece[count...])
        return count
    }

    fileprivate func take(_ bytes: UnsafeRawBufferPointer) {
        // Enough for a log line.
        reply.append(contentsOf: bytes.prefix(max(0, 512 - reply.count)))
    }

    /// The trailers as the list that libcurl frees; nil without memory.
    fileprivate func trailerList() -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for (name, value) in trailers {
            guard let longer = curl_slist_append(list, name + ": " + value) else {
                curl_slist_free_all(list)
                return nil
            }
            list = longer
        }
        return list
    }

    private func check(_ code: CURLcode) throws(CurlError) {
        guard code == CURLE_OK else { throw CurlError(code, doing: Self.operation) }
    }
}

// libcurl calls these on the thread that is inside `drive` or `resume`, where the object is alive.
private func giveBody(data: UnsafeMutablePointer<CChar>?, size: Int, count: Int, this: UnsafeMutableRawPointer?) -> Int
{
    guard let this else { return Int(CURL_READFUNC_ABORT) }
    let upload = Unmanaged<ChunkedUpload>.fromOpaque(this).takeUnretainedValue()
    return upload.give(UnsafeMutableRawBufferPointer(start: data, count: size * count))
}

private func takeReply(data: UnsafeMutablePointer<CChar>?, size: Int, count: Int, this: UnsafeMutableRawPointer?)
    -> Int
{
    guard let this else { return 0 }
    let upload = Unmanaged<ChunkedUpload>.fromOpaque(this).takeUnretainedValue()
    upload.take(UnsafeRawBufferPointer(start: data, count: size * count))
    return size * count
}

private func giveTrailers(
    list: UnsafeMutablePointer<UnsafeMutablePointer<curl_slist>?>?,
    this: UnsafeMutableRawPointer?
) -> Int32 {
    guard let list, let this else { return Int32(CURL_TRAILERFUNC_ABORT) }
    list.pointee = Unmanaged<ChunkedUpload>.fromOpaque(this).takeUnretainedValue().trailerList()
    return Int32(CURL_TRAILERFUNC_OK)
}
