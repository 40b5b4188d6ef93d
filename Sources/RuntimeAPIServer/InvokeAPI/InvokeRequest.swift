// A request of AWS's Invoke: its headers and its problems.

internal import JSONScanning

struct InvokeRequest: Sendable {
    let type: InvocationType
    /// Whether the response includes the last 4 KB of the log.
    let wantsLog: Bool
    let invocation: InvocationRequest

    enum InvocationType: String, Sendable {
        case requestResponse = "RequestResponse"
        case event = "Event"
        case dryRun = "DryRun"
    }

    /// The most bytes of an event: 6 MB, or 1 MB for an asynchronous invocation ("Lambda quotas").
    static let maximumSynchronousSize = 6 * 1024 * 1024
    static let maximumAsynchronousSize = 1024 * 1024

    struct Refusal: Error {
        let reply: Reply

        init(_ status: Int, _ type: String, _ message: String) {
            reply = .invokeError(status, type, message)
        }
    }

    init(_ request: HTTPRequest) throws(Refusal) {
        let typeName = request.header("X-Amz-Invocation-Type") ?? InvocationType.requestResponse.rawValue
        guard let type = InvocationType(rawValue: typeName) else {
            throw Refusal(
                400,
                "InvalidParameterValueException",
                "Invocation type \(typeName) is none of RequestResponse, Event and DryRun"
            )
        }
        self.type = type
        let limit = type == .event ? Self.maximumAsynchronousSize : Self.maximumSynchronousSize
        guard request.byteCount <= limit else {
            let message = "Request must be smaller than \(limit) bytes for the InvokeFunction operation"
            throw Refusal(413, "RequestTooLargeException", message)
        }
        wantsLog = request.header("X-Amz-Log-Type") == "Tail"

        var invocation = InvocationRequest(request.body)
        if !request.body.isEmpty {
            do {
                _ = try JSONDocument(request.body)
            } catch {
                let message = "Could not parse request body into json: \(error)"
                throw Refusal(400, "InvalidRequestContentException", message)
            }
        }
        invocation.clientContext = try Self.clientContext(request.header("X-Amz-Client-Context"))
        invocation.tenantID = request.header("X-Amz-Tenant-Id")
        invocation.traceID = request.header("X-Amzn-Trace-Id")
        // The log is complete when the function is ready again.
        if wantsLog { invocation.completion = .release }
        self.invocation = invocation
    }

    private static func clientContext(_ header: String?) throws(Refusal) -> String? {
        guard let header, !header.isEmpty else { return nil }
        guard let json = [UInt8](headerBase64: header), (try? JSONDocument(json)) != nil else {
            throw Refusal(
                400,
                "InvalidRequestContentException",
                "Client context must be a valid Base64-encoded JSON object."
            )
        }
        // It is sent in a header, which cannot contain line breaks.
        return String(decoding: json, as: UTF8.self).filter { !$0.isNewline }
    }
}
