// One invocation from the Runtime API: a payload and the headers that describe it.

internal import CurlTransport

struct Invocation {
    let identity: InvocationIdentity
    let payload: [UInt8]
    let headers: ResponseHeaders

    /// Nil when the one header is missing that a response cannot do without.
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

    /// Identifies one attempt at an event. The platform uses a request id again when it retries, but each attempt has
    /// its own deadline.
    struct Attempt: Equatable {
        let identity: InvocationIdentity
        let deadline: String?
    }

    var attempt: Attempt { Attempt(identity: identity, deadline: headers["Lambda-Runtime-Deadline-Ms"]) }
}

/// What a response must name.
package struct InvocationIdentity: Sendable, Equatable {
    /// Names the invocation; the platform uses it again when it retries.
    package let requestID: String
    /// Names the attempt, where the platform sends it; to be echoed verbatim.
    package let invocationID: String?
}
