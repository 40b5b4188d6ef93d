// One POST whose body is written piece by piece: a libcurl transfer that waits while there is nothing to send.

internal import CCurl
internal import CurlTransport

/// A connection for requests whose bodies come in pieces, one request at a time, each piece sent before the next is
/// taken.
///
/// Every call blocks its thread until the kernel has taken the bytes, which is all the back-pressure there is and all
/// that is needed: nothing is kept but the piece at hand. The connection is kept alive from one request to the next.
///
/// Not `Sendable`: a libcurl handle serves one thread at a time, and one stream owns it.
final class ChunkedUpload {
    private let multi: UnsafeMutableRawPointer
    /// The handle of the request that is under way. Each gets a new one: libcurl 7.88 frees what it has freed before when
    /// a handle that has sent trailers is used again. The connection is the multi handle's, and stays.
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
    private var headers = HTTPHeaderList()

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
    func begin(_ url: String, userAgent: String, headers: consuming HTTPHeaderList) throws(CurlError) {
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
        try drive { $0.isDrained }
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
    }

    private func dropHandle() {
        guard let easy else { return }
        curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
        self.easy = nil
    }

    /// Sends `bytes` and returns when the kernel has them. A reply that is there already ends the sending.
    func write(_ bytes: UnsafeRawBufferPointer) throws(CurlError) {
        guard !bytes.isEmpty, result == nil else { return try checkResult() }
        piece = bytes
        defer { piece = UnsafeRawBufferPointer(start: nil, count: 0) }
        try resume()
        try drive { $0.isDrained }
    }

    /// Ends the body, with `trailers` behind it, and waits for the reply.
    func finish(trailers: [(name: String, value: String)]) throws(CurlError) -> (status: Int, reply: String) {
        self.trailers = trailers
        hasEnded = true
        if result == nil {
            try resume()
            try drive { _ in false }
        }
        try checkResult()
        var status = 0
        try check(ccurl_getinfo_long(easy, CURLINFO_RESPONSE_CODE, &status))
        return (status, String(decoding: reply, as: UTF8.self))
    }

    private func resume() throws(CurlError) {
        isDrained = false
        try check(curl_easy_pause(easy, CURLPAUSE_CONT))
    }

    /// Lets the transfer go on until it has ended or `isEnough`.
    private func drive(until isEnough: (ChunkedUpload) -> Bool) throws(CurlError) {
        while result == nil, !isEnough(self) {
            var running: Int32 = 0
            guard curl_multi_perform(multi, &running) == CURLM_OK else { throw CurlError.outOfMemory }
            let code = ccurl_multi_result(multi)
            if code >= 0 { result = CURLcode(rawValue: UInt32(code)) }
            if result == nil, !isEnough(self) { curl_multi_poll(multi, nil, 0, 1000, nil) }
        }
        try checkResult()
    }

    private func checkResult() throws(CurlError) {
        guard let result, result != CURLE_OK else { return }
        throw CurlError(result, doing: "streaming the answer")
    }

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
        guard code == CURLE_OK else { throw CurlError(code, doing: "streaming the answer") }
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
