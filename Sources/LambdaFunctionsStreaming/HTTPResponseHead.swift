// The head of a streamed HTTP response: status, headers and cookies before the body.

internal import CurlTransport
internal import JSONScanning
internal import LambdaFunctions

/// The head of the HTTP response that a function URL, or API Gateway in streaming mode, sends to its caller.
///
/// ```swift
/// try await LambdaRuntime(streaming: { payload, response, context in
///     try response.write(HTTPResponseHead(statusCode: 404, headers: ["content-type": "text/plain"]))
///     try response.write("There is no such order.")
/// }).run()
/// ```
public struct HTTPResponseHead: Sendable, Hashable {
    /// The status code, 100 to 599.
    public var statusCode: Int
    /// The headers except `Set-Cookie`. A name has one value.
    public var headers: [String: String]
    /// The values of the response's `Set-Cookie` headers, of which there may be several.
    public var cookies: [String]

    /// Creates a head, by default of a response with status 200 and no headers.
    public init(statusCode: Int = 200, headers: [String: String] = [:], cookies: [String] = []) {
        self.statusCode = statusCode
        self.headers = headers
        self.cookies = cookies
    }

    /// The media type of a response that begins with a head.
    static let contentType = "application/vnd.awslambda.http-integration-response"

    /// - Throws: `LambdaResponseError.malformedHead` for a status that HTTP does not have, or a name or value that a
    ///   header cannot contain.
    func validate() throws(LambdaResponseError) {
        guard (100...599).contains(statusCode) else {
            throw .malformedHead("the status \(statusCode) is not 100 to 599")
        }
        for (name, value) in headers {
            guard HeaderText.isName(name) else {
                throw .malformedHead("a header's name is empty or has a character that HTTP does not allow")
            }
            guard HeaderText.isValue(value) else {
                throw .malformedHead("the value of the header \(name) has a control character")
            }
        }
        guard cookies.allSatisfy(HeaderText.isValue) else { throw .malformedHead("a cookie has a control character") }
    }

    /// The head as JSON, and the eight zeros that separate it from the body ("Response streaming for Lambda functions").
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
