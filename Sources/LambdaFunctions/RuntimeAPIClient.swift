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
    private let nextHeaders: HTTPHeaderList
    private let jsonHeaders: HTTPHeaderList

    init(environment: FunctionEnvironment) throws(RuntimeExit) {
        guard let endpoint = environment.runtimeAPI, !endpoint.isEmpty else { throw .notInLambda }
        base = "http://" + endpoint + "/2018-06-01/runtime/"
        nextURL = base + "invocation/next"
        do {
            connection = try BlockingConnection(userAgent: "swift-lambda-streams/" + packageVersion)
            var nextHeaders = HTTPHeaderList()
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
        /// 204, the answer of emulators that do not hold the request open: ask again.
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

    /// What the Runtime API made of an answer.
    enum PostOutcome: Equatable {
        /// 202.
        case accepted
        /// 410: the invocation had timed out.
        case tooLate
        /// 413.
        case tooLarge
        /// 500: "Runtime should exit promptly".
        case unrecoverable(status: Int)
        /// 400, 403 and anything else: an unknown or already answered invocation.
        case refused(status: Int, reason: String)
        case undelivered(String)
    }

    /// Posts the answer of an invocation.
    func respond(to identity: InvocationIdentity, with response: LambdaResponse) -> PostOutcome {
        let path = "invocation/\(identity.requestID.percentEncoded)/response"
        if identity.invocationID == nil, response.contentType == "application/json" {
            return post(path, headers: jsonHeaders, body: response.body)
        }
        return post(path, for: identity, contentType: response.contentType, body: response.body)
    }

    /// The address of an invocation's answer.
    func responseURL(of identity: InvocationIdentity) -> String {
        base + "invocation/\(identity.requestID.percentEncoded)/response"
    }

    /// Posts the failure of an invocation.
    func report(_ report: ErrorReport, for identity: InvocationIdentity) -> PostOutcome {
        let path = "invocation/\(identity.requestID.percentEncoded)/error"
        return post(path, for: identity, failure: report, body: report.json)
    }

    /// Posts the failure of the init phase. The process ends whatever the reply is, so it is only told to the caller.
    @discardableResult
    func reportInitializationFailure(_ report: ErrorReport) -> PostOutcome {
        post("init/error", failure: report, body: report.json)
    }

    /// Waits until the platform has taken its snapshot and begun to run a copy of it. Nil: now; else why that is not so.
    func waitForRestore() -> String? {
        do {
            let url = base + "restore/next"
            let response = try connection.get(url, headers: nextHeaders, maximumBodySize: Self.maximumEventSize)
            return response.status == 200 ? nil : "status \(response.status): \(response.text)"
        } catch {
            return error.description
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
            // Echoed so that the platform can tell this attempt's answer from that of one it has given up on.
            if let id = identity?.invocationID { try headers.append("Lambda-Runtime-Invocation-Id", id) }
            return post(path, headers: headers, body: body)
        } catch {
            return .undelivered(error.description)
        }
    }

    private func post(_ path: String, headers: borrowing HTTPHeaderList, body: [UInt8]) -> PostOutcome {
        let response: HTTPResponse
        do {
            response = try connection.post(base + path, headers: headers, body: body)
        } catch {
            return .undelivered(error.description)
        }
        return PostOutcome(status: response.status, reply: response.text)
    }

    /// `Expect` is removed because libcurl would otherwise wait a second for a `100 Continue` that never comes.
    private static func postHeaders(contentType: String) throws(CurlError) -> HTTPHeaderList {
        var headers = HTTPHeaderList()
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

extension String {
    /// The text with every byte that may not stand in a URL's path segment as `%XX` (RFC 3986 section 2).
    var percentEncoded: String {
        let isPlain = utf8.withContiguousStorageIfAvailable { $0.allSatisfy(\.isUnreserved) }
        guard isPlain != true else { return self }
        var encoded: [UInt8] = []
        for byte in utf8 {
            if byte.isUnreserved {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "%"))
                encoded.append(contentsOf: hexDigits(byte >> 4))
                encoded.append(contentsOf: hexDigits(byte & 0xF))
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

private func hexDigits(_ nibble: UInt8) -> String.UTF8View {
    String(nibble, radix: 16, uppercase: true).utf8
}

extension UInt8 {
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
