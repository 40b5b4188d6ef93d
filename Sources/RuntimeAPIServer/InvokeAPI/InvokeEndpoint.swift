// AWS's Invoke over HTTP for this server's function: for SDKs, the AWS CLI and scripts.

internal import JSONScanning
internal import NIOCore
internal import NIOHTTP1
internal import SharedState

/// `POST /2015-03-31/functions/{name}/invocations` (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
///
/// Requests are not authenticated: signatures are ignored.
final class InvokeEndpoint: HTTPService {
    private let api: RuntimeAPI
    private let channels = Guarded<(last: ConnectionID, open: [ConnectionID: any Channel])>((0, [:]))

    init(_ api: RuntimeAPI) {
        self.api = api
    }

    let routes = Route.Service.invoke

    func opened(_ channel: any Channel) -> ConnectionID {
        channels.withLock { channels in
            channels.last += 1
            channels.open[channels.last] = channel
            return channels.last
        }
    }

    func closed(_ connection: ConnectionID) { channels.withLock { $0.open[connection] = nil } }

    func closeAll() { for channel in channels.withLock({ $0.open.values.map { $0 } }) { channel.close(promise: nil) } }

    func fault(_ route: Route) -> Fault? { nil }
    func refuseConnections(for time: Duration) {}
    func abort(_ route: Route) {}

    func begin(_ route: Route, _ head: HTTPRequestHead) -> BodyReading {
        guard case .invoke(let name) = route else { return .refuse(.notFound) }
        guard isKnown(name) else {
            let reason =
                "Function not found: \(api.configuration.functionARN.dropLast(api.configuration.functionName.count))\(name)"
            return .refuse(.invokeError(404, "ResourceNotFoundException", reason))
        }
        return .keep(limit: InvokeRequest.maximumSynchronousSize)
    }

    func serve(_ request: HTTPRequest, on connection: ConnectionID) {
        guard let channel = channels.withLock({ $0.open[connection] }) else { return }
        let invoke: InvokeRequest
        do {
            invoke = try InvokeRequest(request)
        } catch {
            channel.writeAndFlush(error.reply, promise: nil)
            return
        }
        let version = api.configuration.functionVersion
        switch invoke.type {
        case .dryRun: channel.writeAndFlush(Reply(status: 204), promise: nil)
        case .event:
            let invocation = invocation(invoke) { _ in }
            let reply = Reply(status: 202, headers: [("x-amzn-RequestId", invocation.requestID)])
            channel.writeAndFlush(reply, promise: nil)
            api.update { $0.invoke(invocation, $1) }
        case .requestResponse:
            let invocation = invocation(invoke) { result in
                channel.writeAndFlush(Reply(result, version: version, withLog: invoke.wantsLog), promise: nil)
            }
            api.update { $0.invoke(invocation, $1) }
        }
    }

    private func invocation(
        _ invoke: InvokeRequest,
        _ complete: @escaping @Sendable (Result<InvocationOutcome, InvocationFailure>) -> Void
    ) -> ActiveInvocation {
        ActiveInvocation(invoke.invocation, timeout: api.configuration.timeout, complete: complete)
    }

    /// The function by its name, by `function` as in AWS's emulator, or by an ARN or the end of one, with or without a
    /// version or an alias.
    private func isKnown(_ name: String) -> Bool {
        let parts = name.split(separator: ":").map(String.init)
        let names = [api.configuration.functionName, "function"]
        if let index = parts.lastIndex(of: "function"), index + 1 < parts.count {
            return names.contains(parts[index + 1])
        }
        return names.contains(parts.first ?? "")
    }
}

extension Reply {
    /// The reply for an invocation with a waiting caller.
    fileprivate init(_ result: Result<InvocationOutcome, InvocationFailure>, version: String, withLog: Bool) {
        switch result {
        case .success(let outcome):
            var headers = [
                ("Content-Type", outcome.contentType), ("X-Amz-Executed-Version", version),
                ("x-amzn-RequestId", outcome.requestID),
            ]
            if outcome.error != nil { headers.append(("X-Amz-Function-Error", "Unhandled")) }
            if withLog { headers.append(("X-Amz-Log-Result", String(base64Of: outcome.logTail))) }
            self.init(status: 200, headers: headers, body: outcome.payload)
        case .failure(.throttled):
            self = .invokeError(429, "TooManyRequestsException", "Rate Exceeded.")
        case .failure(let failure):
            self = .invokeError(500, "ServiceException", "\(failure)")
        }
    }

    static func invokeError(_ status: Int, _ type: String, _ message: String) -> Reply {
        var body: [UInt8] = []
        body.appendJSON(#"{"Type":"#)
        body.appendJSONString(status < 500 ? "User" : "Service")
        body.appendJSON(#","message":"#)
        body.appendJSONString(message)
        body.appendJSON("}")
        let headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", type)]
        return Reply(status: status, headers: headers, body: body)
    }
}

extension InvocationOutcome {
    fileprivate var contentType: String {
        switch result {
        case .response(let response): response.contentType
        case .error(let error): error.contentType
        }
    }
}
