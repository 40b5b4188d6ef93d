// Collects a response that libcurl delivers piece by piece.

package import CCurl

/// Collects the responses of an easy handle, one after the other, within bounds.
///
/// Not `Sendable`: libcurl fills it on the thread that runs the handle's transfers.
package final class ResponseCollector {
    private let handle: UnsafeMutableRawPointer
    private let largestReservation: Int
    private var maximumBodySize = 0
    private var headers = ResponseHeaders()
    private var body: [UInt8] = []
    private var overrun: CurlError?

    /// - Parameters:
    ///   - handle: must outlive the collector, or be given other callbacks before it performs again.
    ///   - largestReservation: how many bytes of an announced body are made room for before they come. The announcement
    ///     is a claim.
    package init(of handle: UnsafeMutableRawPointer, largestReservation: Int) {
        self.handle = handle
        self.largestReservation = largestReservation
    }

    /// Makes the handle's responses come here.
    package func attach() throws(CurlError) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        try check(ccurl_setopt_pointer(handle, CURLOPT_WRITEDATA, this))
        try check(ccurl_setopt_pointer(handle, CURLOPT_HEADERDATA, this))
        try check(ccurl_setopt_data_callback(handle, CURLOPT_WRITEFUNCTION, receiveBody))
        try check(ccurl_setopt_data_callback(handle, CURLOPT_HEADERFUNCTION, receiveHeader))
    }

    private func check(_ code: CURLcode) throws(CurlError) {
        guard code == CURLE_OK else { throw CurlError(code, doing: "setting up a request") }
    }

    /// Forgets the last response. Its memory serves the next one, unless its receiver still holds it.
    ///
    /// - Parameter maximumBodySize: a larger body, in bytes, ends the transfer.
    package func begin(maximumBodySize: Int) {
        self.maximumBodySize = maximumBodySize
        overrun = nil
        headers.removeAll()
        body.removeAll(keepingCapacity: true)
    }

    /// How large a body there is memory for.
    var bodyCapacity: Int { body.capacity }

    /// The response, once its transfer has ended with `code`.
    ///
    /// - Throws: `.responseTooLarge`, or what `failure` makes of libcurl's code.
    package func response(
        after code: CURLcode,
        failure: (CURLcode) -> CurlError
    ) throws(CurlError) -> HTTPResponse {
        if let overrun { throw overrun }
        guard code == CURLE_OK else { throw failure(code) }
        // libcurl reports a header block that was cut short as a success.
        guard headers.isComplete else { throw failure(CURLE_PARTIAL_FILE) }
        var status = 0
        let result = ccurl_getinfo_long(handle, CURLINFO_RESPONSE_CODE, &status)
        guard result == CURLE_OK else { throw failure(result) }
        return HTTPResponse(status: status, headers: headers, body: body)
    }

    fileprivate func receive(header line: UnsafeRawBufferPointer) -> Bool {
        // A new status line begins a new block (after a 100 Continue, or libcurl's retry on a fresh connection).
        if body.isEmpty, line.first == UInt8(ascii: "H"), line.starts(with: "HTTP/".utf8) { headers.removeAll() }
        // What comes behind the block is a trailer, which nothing here needs.
        guard !headers.isComplete else { return true }
        guard headers.append(line: line) else {
            overrun = .tooLarge(ResponseHeaders.maximumSize, what: "header block")
            return false
        }
        return true
    }

    fileprivate func receive(body piece: UnsafeRawBufferPointer) -> Bool {
        if body.isEmpty { reserveAnnouncedSize() }
        guard piece.count <= maximumBodySize - body.count else {
            overrun = .tooLarge(maximumBodySize, what: "body")
            return false
        }
        body.append(contentsOf: piece)
        return true
    }

    /// One allocation of the announced size instead of a doubling series.
    private func reserveAnnouncedSize() {
        var announced: curl_off_t = -1
        guard ccurl_getinfo_off_t(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced) == CURLE_OK, announced > 0
        else { return }
        body.reserveCapacity(min(Int(clamping: announced), maximumBodySize, largestReservation))
    }
}

extension CurlError {
    fileprivate static func tooLarge(_ limit: Int, what: String) -> CurlError {
        CurlError(
            kind: .responseTooLarge(limit: limit),
            code: 0,
            description: "the response's \(what) is larger than \(limit) bytes"
        )
    }
}

// libcurl calls these on the thread that runs the transfer, while its owner holds the collector.
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
    _ deliver: (ResponseCollector, UnsafeRawBufferPointer) -> Bool
) -> Int {
    guard let this else { return 0 }
    let collector = Unmanaged<ResponseCollector>.fromOpaque(this).takeUnretainedValue()
    let length = size * count
    // Any count other than the one given makes libcurl end the transfer.
    return deliver(collector, UnsafeRawBufferPointer(start: data, count: length)) ? length : length &+ 1
}
