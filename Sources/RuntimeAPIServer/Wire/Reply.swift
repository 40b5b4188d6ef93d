// A reply of the Runtime API, as values and as bytes.

internal import JSONScanning
internal import NIOCore

/// One HTTP response.
struct Reply: Sendable {
    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// Whether the connection ends behind it.
    var closes = false

    static let accepted = Reply.json(202, #"{"status":"OK"}"# + "\n")
    static let invalidRequestID = error(400, "InvalidRequestID", "Invalid request ID")
    static let invalidResponseMode = error(400, "InvalidFunctionResponseMode", "Invalid function response mode")
    static let truncatedRequest = error(400, "TruncatedHTTPRequest", "HTTP request detected as truncated")
    static let invocationTimeout = error(410, "InvokeTimeout", "Invoke timeout")
    static let tooLarge = error(
        413,
        "RequestEntityTooLarge",
        "Exceeded maximum allowed payload size (\(maximumPayloadSize) bytes)."
    )
    static let internalServerError = error(500, "InternalServerError", "Internal Server Error")
    static let notFound = Reply(
        status: 404,
        headers: [("Content-Type", "text/plain; charset=utf-8")],
        body: Array("404 page not found\n".utf8)
    )
    static let methodNotAllowed = Reply(status: 405)

    /// An error document, which is JSON whatever the request accepts.
    static func error(_ status: Int, _ type: String, _ message: String) -> Reply {
        var body: [UInt8] = []
        body.appendJSON(#"{"errorMessage":"#)
        body.appendJSONString(message)
        body.appendJSON(#","errorType":"#)
        body.appendJSONString(type)
        body.appendJSON("}\n")
        return Reply(status: status, headers: [("Content-Type", "application/json")], body: body)
    }

    static func json(_ status: Int, _ document: String) -> Reply {
        Reply(status: status, headers: [("Content-Type", "application/json")], body: Array(document.utf8))
    }
}

extension Reply {
    /// The head, up to and with the empty line.
    func head(contentLength: Int) -> String {
        var head = "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Status")\r\n"
        for (name, value) in headers {
            head += name
            head += ": "
            head += value.onOneLine
            head += "\r\n"
        }
        if closes { head += "Connection: close\r\n" }
        // RFC 9110 section 8.6: none with 204.
        if status != 204 { head += "Content-Length: \(contentLength)\r\n" }
        return head + "\r\n"
    }

    func write(to buffer: inout ByteBuffer) {
        let head = head(contentLength: body.count)
        buffer.reserveCapacity(minimumWritableBytes: head.utf8.count + body.count)
        buffer.writeString(head)
        if status != 204 { buffer.writeBytes(body) }
    }

    private static let reasons = [
        200: "OK", 202: "Accepted", 204: "No Content", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 410: "Gone", 413: "Request Entity Too Large", 429: "Too Many Requests",
        500: "Internal Server Error", 503: "Service Unavailable",
    ]
}

extension String {
    /// The text without what would end a header.
    fileprivate var onOneLine: String {
        // Looked for among the bytes, since hardly any value has one: every event's headers come by here.
        guard utf8.contains(where: { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) else { return self }
        return filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
    }
}
