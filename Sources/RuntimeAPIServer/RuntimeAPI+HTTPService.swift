// The Runtime API's requests, translated from HTTP to events of the execution environment.

internal import JSONScanning
internal import NIOHTTP1
internal import SharedState

extension RuntimeAPI: HTTPService {
    var routes: Route.Service {
        .runtimeAPI(basePath: configuration.basePath, isSnapStart: configuration.mode == .snapStart)
    }

    /// The limit of AWS's server for the bodies of errors, for Managed Instances.
    private static let maximumErrorSize = 1024 * 1024

    func begin(_ route: Route, _ head: HTTPRequestHead) -> BodyReading {
        let release = RuntimeRelease(head.headers)
        guard case .response(let requestID) = route else {
            update { environment, _ in environment.runtimeRelease = release.appended(to: environment.runtimeRelease) }
            switch route {
            case .error where configuration.concurrency == nil: return .keep(limit: maximumPayloadSize)
            default: return .keep(limit: Self.maximumErrorSize)
            }
        }
        let invocationID = head.headers.first(name: "Lambda-Runtime-Invocation-Id")
        let mode = head.headers.first(name: "Lambda-Runtime-Function-Response-Mode")
        let admission = update { environment, now in
            environment.beginResponse(requestID, invocationID: invocationID, mode: mode, now)
        }
        switch admission {
        case .buffered: return .keep(limit: maximumPayloadSize)
        case .streaming(nil): return .keep(limit: configuration.maximumStreamedResponseSize)
        case .streaming(let receive?): return .handOn(receive)
        case .refused(let reply): return .refuse(reply)
        case .ignored: return .ignore
        }
    }

    func abort(_ route: Route) {
        guard case .response(let requestID) = route else { return }
        update { $0.truncateResponse(requestID, $1) }
    }

    func serve(_ request: HTTPRequest, on connection: ConnectionID) {
        update { environment, now in
            switch request.route {
            case .next: environment.next(connection, bodyIsEmpty: request.byteCount == 0, now)
            case .response(let id): environment.finishResponse(id, request.result, on: connection, now)
            case .error(let id): self.fail(id, request, on: connection, &environment, now)
            case .initializationError, .restoreError:
                let isRestore = request.route == .restoreError
                let error = FunctionError(report: request)
                environment.failInitialization(error, isRestore: isRestore, on: connection, now)
            case .restoreNext: environment.restoreNext(connection, now)
            case .registerExtension:
                let features = request.header("Lambda-Extension-Accept-Feature") ?? ""
                environment.registerExtension(
                    name: request.header("Lambda-Extension-Name"),
                    body: request.body,
                    wantsAccount: features.split(separator: ",").contains { $0.trimmed == "accountId" },
                    on: connection
                )
            case .extensionNext:
                environment.extensionNext(request.header("Lambda-Extension-Identifier"), on: connection, now)
            case .extensionError:
                environment.extensionFailed(
                    request.header("Lambda-Extension-Identifier"),
                    type: request.header("Lambda-Extension-Function-Error-Type"),
                    on: connection,
                    now
                )
            case .ping: environment.actions.append(.reply(connection, Reply(status: 200, body: Array("pong".utf8))))
            case .telemetry: environment.actions.append(.reply(connection, .telemetryNotSupported))
            case .credentials: environment.actions.append(.reply(connection, self.credentials(request)))
            case .invoke, .notFound, .methodNotAllowed: environment.actions.append(.reply(connection, .notFound))
            }
        }
    }

    private func fail(
        _ requestID: String,
        _ request: HTTPRequest,
        on connection: ConnectionID,
        _ environment: inout ExecutionEnvironment,
        _ now: Moment
    ) {
        guard configuration.concurrency == nil || request.byteCount <= Self.maximumErrorSize else {
            return environment.actions.append(.reply(connection, .tooLarge))
        }
        let error = FunctionError(report: request)
        let invocationID = request.header("Lambda-Runtime-Invocation-Id")
        environment.fail(requestID, invocationID: invocationID, error, on: connection, now)
    }
}

extension HTTPRequest {
    /// The outcome of a response.
    fileprivate var result: InvocationResult {
        let isStreamed = header("Lambda-Runtime-Function-Response-Mode") == "streaming"
        if isStreamed, let error = FunctionError(trailers: trailers) { return .error(error) }
        if !isStreamed, byteCount > maximumPayloadSize { return .error(.responseTooLarge) }
        let contentType = header("Content-Type") ?? "application/octet-stream"
        return .response(FunctionResponse(payload: body, contentType: contentType, isStreamed: isStreamed))
    }
}

extension FunctionError {
    /// The error that was posted to one of the `/error` endpoints.
    fileprivate init(report request: HTTPRequest) {
        let type = ErrorType.normalized(request.header("Lambda-Runtime-Function-Error-Type") ?? "")
        let contentType = request.header("Content-Type") ?? "application/json"
        if contentType == TracingCause.documentType {
            let (document, cause) = TracingCause.separated(from: request.body)
            self.init(cause: .reported, type: type, payload: document, tracingCause: cause)
        } else {
            let cause = request.header(TracingCause.header).flatMap { TracingCause.kept(of: Array($0.utf8)) }
            self.init(
                cause: .reported,
                type: type,
                payload: request.body,
                contentType: contentType,
                tracingCause: cause
            )
        }
    }

    /// The error in the trailers of a streamed response; nil if there is none. A body without a type is not an
    /// error. A body that is not base64 is ignored.
    fileprivate init?(trailers: HTTPHeaders?) {
        guard let type = trailers?.first(name: "Lambda-Runtime-Function-Error-Type"), !type.isEmpty else { return nil }
        let body = trailers?.first(name: "Lambda-Runtime-Function-Error-Body") ?? ""
        self.init(cause: .streamed, type: ErrorType.normalized(type), payload: [UInt8](headerBase64: body) ?? [])
    }
}

extension Reply {
    fileprivate static let telemetryNotSupported = Reply.json(
        202,
        #"{"errorMessage":"Telemetry API is not supported","errorType":"Telemetry.NotSupported"}"# + "\n"
    )
}

extension [UInt8] {
    /// Base64 in a header: line breaks are skipped and trailing bits allowed, as in Go's `base64.StdEncoding`.
    init?(headerBase64 text: String) {
        self.init(base64: text.utf8.filter { $0 != 0x0A && $0 != 0x0D }[...], allowsStrayBits: true)
    }
}

extension Substring {
    fileprivate var trimmed: Substring { drop { $0 == " " }.prefix { $0 != " " } }
}
