// The requests of the Runtime API that a runtime makes over its one connection, and what their replies mean.

internal import CurlTransport

/// Speaks `2018-06-01` of the Lambda Runtime API over one kept-alive connection.
///
/// Statuses and what follows from them are those of AWS's own server
/// (https://github.com/aws/aws-lambda-runtime-interface-emulator, `lambda/rapi/rendering`).
final class RuntimeAPIClient {
    private let connection: BlockingConnection
    private let base: String
    private let nextURL: String
    private let nextHeaders: RequestHeaders
    private let jsonHeaders: RequestHeaders

    init(environment: FunctionEnvironment) throws(RuntimeExit) {
        guard let endpoint = environment.runtimeAPI, !endpoint.isEmpty else { throw .notInLambda }
        base = "http://" + endpoint + "/2018-06-01/runtime/"
        nextURL = base + "invocation/next"
        do {
            connection = try BlockingConnection(userAgent: "swift-lambda-streams/" + packageVersion)
            var nextHeaders = RequestHeaders()
            try nextHeaders.append("Accept", "")
            self.nextHeaders = nextHeaders
            jsonHeaders = try Self.postHeaders(contentType: "application/json")
        } catch {
            throw .unusableEndpoint(endpoint, reason: error.description)
        }
    }

    /// Ends the wait for an event from another thread.
    var interruption: ConnectionInterruption { connection.interruption }

    /// What asking for the next invocation brought.
    enum Next {
        case invocation(Invocation)
        /// 204, the reply of emulators that do not hold the request open: ask again after a pause.
        case nothingYet
        case unrecoverable(status: Int)
        case failed(String)
    }

    /// Waits, without a timeout, for the next invocation.
    func next() -> Next {
        guard interruption.beginWaiting() else { return .failed("no further events are wanted") }
        defer { interruption.endWaiting() }
        let response: HTTPResponse
        do {
            // Lost, it is asked for again: the platform hands out the same event until it has a response.
            response = try connection.get(nextURL, headers: nextHeaders, maximumBodySize: Self.maximumEventSize)
        } catch {
            return .failed(error.description)
        }
        switch response.status {
        case 200:
            guard let invocation = Invocation(response) else {
                return .failed("an event came without the header Lambda-Runtime-Aws-Request-Id")
            }
            return .invocation(invocation)
        case 204: return .nothingYet
        // 403: this process has posted an init error and is expected to end; 500: "Runtime should exit promptly".
        case 403, 500: return .unrecoverable(status: response.status)
        case let status: return .failed("status \(status)")
        }
    }

    /// What the Runtime API made of a response or an error.
    enum PostOutcome: Equatable {
        /// 202.
        case accepted
        /// 410: the invocation had timed out.
        case tooLate
        /// 413.
        case tooLarge
        /// 500: "Runtime should exit promptly".
        case unrecoverable(status: Int)
        /// 400, 403 and anything else: an unknown invocation, or one that has its response.
        case refused(status: Int, reason: String)
        /// Nothing was sent, nor would it be another time.
        case unsendable(String)
        /// It was lost on its way, and may have arrived.
        case undelivered(String)
    }

    /// Posts the response of an invocation, which must be valid.
    func respond(to identity: InvocationIdentity, with response: LambdaResponse) -> PostOutcome {
        let path = "invocation/\(identity.requestID.percentEncoded())/response"
        if identity.invocationID == nil, response.contentType == "application/json" {
            return post(path, headers: jsonHeaders, body: response.body)
        }
        return post(path, for: identity, contentType: response.contentType, body: response.body)
    }

    /// The address of an invocation's response.
    func responseURL(of identity: InvocationIdentity) -> String {
        base + "invocation/\(identity.requestID.percentEncoded())/response"
    }

    /// Posts the failure of an invocation.
    func report(_ report: ErrorReport, for identity: InvocationIdentity) -> PostOutcome {
        let path = "invocation/\(identity.requestID.percentEncoded())/error"
        return post(path, for: identity, failure: report, body: report.json)
    }

    /// Posts the failure of the init phase. The process ends whatever the reply is.
    @discardableResult
    func reportInitializationFailure(_ report: ErrorReport) -> PostOutcome {
        post("init/error", failure: report, body: report.json)
    }

    enum Restore {
        case restored
        case refused(String)
        /// The wait was interrupted.
        case interrupted
    }

    /// Waits until the platform has taken its snapshot and begun to run a copy of it.
    func waitForRestore() -> Restore {
        guard interruption.beginWaiting() else { return .interrupted }
        defer { interruption.endWaiting() }
        do {
            let url = base + "restore/next"
            let response = try connection.get(url, headers: nextHeaders, maximumBodySize: Self.maximumEventSize)
            return response.status == 200 ? .restored : .refused("status \(response.status): \(response.text)")
        } catch {
            return interruption.hasBegun ? .interrupted : .refused(error.description)
        }
    }

    /// Posts the failure of what was to be done after a restore. The process ends whatever the reply is.
    @discardableResult
    func reportRestoreFailure(_ report: ErrorReport) -> PostOutcome {
        post("restore/error", failure: report, body: report.json)
    }

    private func post(
        _ path: String,
        for identity: InvocationIdentity? = nil,
        contentType: String = "application/json",
        failure: ErrorReport? = nil,
        body: [UInt8]
    ) -> PostOutcome {
        do {
            var headers = try Self.postHeaders(contentType: contentType)
            if let failure {
                try headers.append("Lambda-Runtime-Function-Error-Type", failure.errorType)
                if let cause = failure.xrayCause {
                    try headers.append("Lambda-Runtime-Function-XRay-Error-Cause", cause)
                }
            }
            // Echoed so that the platform can tell this attempt's response from that of one it has abandoned.
            if let id = identity?.invocationID { try headers.append("Lambda-Runtime-Invocation-Id", id) }
            return post(path, headers: headers, body: body)
        } catch {
            return .unsendable(error.description)
        }
    }

    private func post(_ path: String, headers: borrowing RequestHeaders, body: [UInt8]) -> PostOutcome {
        let response: HTTPResponse
        do {
            response = try connection.post(base + path, headers: headers, body: body)
        } catch {
            switch error.kind {
            case .malformedURL, .malformedHeader, .unsupported, .other: return .unsendable(error.description)
            default: return .undelivered(error.description)
            }
        }
        return PostOutcome(status: response.status, reply: response.text)
    }

    /// `Expect` is removed because libcurl would otherwise wait a second for a `100 Continue` that never comes.
    private static func postHeaders(contentType: String) throws(CurlError) -> RequestHeaders {
        var headers = RequestHeaders()
        try headers.append("Content-Type", contentType)
        try headers.append("Accept", "")
        try headers.append("Expect", "")
        return headers
    }

    /// More than the platform sends today, so that a raised limit needs no new release; less than would exhaust a
    /// small function's memory.
    private static let maximumEventSize = 64 * 1024 * 1024
}

package let packageVersion = "0.1.0"

extension RuntimeAPIClient.PostOutcome {
    init(status: Int, reply: @autoclosure () -> String) {
        self =
            switch status {
            case 202: .accepted
            case 410: .tooLate
            case 413: .tooLarge
            case 500: .unrecoverable(status: 500)
            case let status: .refused(status: status, reason: reply())
            }
    }
}

extension HTTPResponse {
    /// The start of the body as text, for a log line.
    fileprivate var text: String { String(decoding: body.prefix(512), as: UTF8.self) }
}
