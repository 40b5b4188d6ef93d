// One invocation as the Runtime API hands it over: a payload and the headers that describe it.

internal import CurlTransport

struct Invocation {
    let identity: InvocationIdentity
    let payload: [UInt8]
    let headers: HTTPHeaders

    /// Nil when the one header that an answer cannot do without is missing.
    init?(_ response: HTTPResponse) {
        var requestID: String?
        var invocationID: String?
        response.headers.forEach { name, value in
            guard !value.isEmpty else { return }
            if name.isHeader("Lambda-Runtime-Aws-Request-Id") {
                requestID = String(decoding: value, as: UTF8.self)
            } else if name.isHeader("Lambda-Runtime-Invocation-Id") {
                invocationID = String(decoding: value, as: UTF8.self)
            }
        }
        guard let requestID else { return nil }
        identity = InvocationIdentity(requestID: requestID, invocationID: invocationID)
        payload = response.body
        headers = response.headers
    }
}

/// What an answer must name.
package struct InvocationIdentity: Sendable {
    /// Names the invocation; the platform uses it again when it retries.
    package let requestID: String
    /// Names the attempt, where the platform sends it; to be echoed verbatim.
    package let invocationID: String?
}
