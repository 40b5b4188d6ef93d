// What a function URL or an API in streaming mode makes an HTTP response of: status, headers and cookies before the body.

internal import JSONScanning

/// The head of the HTTP response that a function URL, or API Gateway in streaming mode, answers with.
public struct HTTPResponseHead: Sendable, Hashable {
    public var statusCode: Int
    public var headers: [String: String]
    /// The values of the response's `Set-Cookie` headers, of which there may be several.
    public var cookies: [String]

    public init(statusCode: Int = 200, headers: [String: String] = [:], cookies: [String] = []) {
        self.statusCode = statusCode
        self.headers = headers
        self.cookies = cookies
    }

    /// The media type of an answer that begins with a head.
    static let contentType = "application/vnd.awslambda.http-integration-response"

    /// The head as JSON, and the eight zeros that part it from the body ("Response streaming for Lambda functions").
    var prelude: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendJSON(#"{"statusCode":"#)
        bytes.appendJSONInteger(statusCode)
        bytes.appendJSON(#","headers":{"#)
        for (index, header) in headers.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.appendJSONString(header.key)
            bytes.append(UInt8(ascii: ":"))
            bytes.appendJSONString(header.value)
        }
        bytes.appendJSON(#"},"cookies":["#)
        for (index, cookie) in cookies.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.appendJSONString(cookie)
        }
        bytes.appendJSON("]}")
        bytes.append(contentsOf: repeatElement(0, count: 8))
        return bytes
    }
}
