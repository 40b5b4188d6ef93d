// The response of one invocation, sent in pieces as they are made.

internal import CurlTransport
internal import JSONScanning
public import LambdaFunctions
internal import SharedState

/// Sends a response piece by piece, each before it accepts the next, so that a response of any length needs the memory
/// of one piece.
///
/// ```swift
/// try await LambdaRuntime(streaming: { payload, response, context in
///     try response.begin(contentType: "text/plain")
///     for number in 1...10 { try response.write("\(number)\n") }
///     try response.finish()
///     context.logger.info("the caller has the whole response")
/// }).run()
/// ```
///
/// A write blocks its thread until the platform has taken the bytes. The platform takes the first 6 MB as fast as they
/// come and then 2 MB a second, up to 200 MB unless the account has another limit ("Response streaming for Lambda
/// functions", https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
public final class LambdaResponseStream: Sendable {
    private enum State {
        case open
        case begun(ChunkedUpload)
        case broken(LambdaResponseError)
        case finished
    }

    private struct Storage: ~Copyable {
        var state = State.open
    }

    private let response: InvocationResponse
    private let connections: ConnectionPool
    private let storage = Guarded(Storage())

    init(_ response: InvocationResponse, connections: ConnectionPool) {
        self.response = response
        self.connections = connections
    }

    /// Begins the response as one of `contentType`, before its first byte is known. Otherwise the first write does so, as
    /// `application/octet-stream`.
    ///
    /// - Throws: `LambdaResponseError.alreadyGiven` where it has begun; `.malformedContentType`, after which it may be
    ///   begun again; `.refused` or `.undelivered`.
    public func begin(contentType: String) throws(LambdaResponseError) {
        try storage.withLock { (storage) throws(LambdaResponseError) in
            guard case .open = storage.state else { throw .alreadyGiven }
            _ = try begun(&storage, contentType)
        }
    }

    /// Begins the response as an HTTP response with this head; what is written then is its body.
    ///
    /// - Throws: `LambdaResponseError.alreadyGiven` where the response has begun; `.malformedHead`, after which it may be
    ///   begun again; `.refused` or `.undelivered`.
    public func write(_ head: HTTPResponseHead) throws(LambdaResponseError) {
        try head.validate()
        try begin(contentType: HTTPResponseHead.contentType)
        try write(head.prelude)
    }

    /// Sends `bytes`; an empty piece only begins the response.
    ///
    /// - Throws: `LambdaResponseError.refused` once the platform takes no more, 413 above its limit for instance;
    ///   `.undelivered` when the connection is lost; `.alreadyGiven` after ``finish()``.
    public func write(_ bytes: [UInt8]) throws(LambdaResponseError) {
        try storage.withLock { (storage) throws(LambdaResponseError) in
            let upload = try begun(&storage, "application/octet-stream")
            do throws(UploadError) {
                try bytes.withUnsafeBufferPointer { (bytes) throws(UploadError) in
                    try upload.write(UnsafeRawBufferPointer(bytes))
                }
            } catch {
                throw broken(&storage, error)
            }
        }
    }

    /// Sends `text` as UTF-8.
    public func write(_ text: String) throws(LambdaResponseError) {
        try write(Array(text.utf8))
    }

    /// Ends the response: the caller has all of it. The function may continue; an error that it throws then is logged.
    ///
    /// Called when the function returns, unless it has done so itself.
    ///
    /// - Throws: `LambdaResponseError.refused` or `.undelivered` when the platform did not take the response.
    public func finish() throws(LambdaResponseError) {
        try end(trailers: [])
    }

    /// Ends the response as one that failed: the caller sees that it is incomplete, and the platform receives the error.
    func fail(_ error: any Error) throws(LambdaResponseError) {
        let report = ErrorReport(error)
        try end(trailers: [
            (StreamHeader.errorType, report.errorType), (StreamHeader.errorBody, String(base64Of: report.json)),
        ])
    }

    /// Whether the response has begun and not ended.
    var isUnderWay: Bool {
        storage.withLock { storage in
            if case .begun = storage.state { true } else { false }
        }
    }

    var isOpen: Bool {
        storage.withLock { storage in
            if case .open = storage.state { true } else { false }
        }
    }

    private func end(trailers: [(name: String, value: String)]) throws(LambdaResponseError) {
        try storage.withLock { (storage) throws(LambdaResponseError) in
            let upload = try begun(&storage, "application/octet-stream")
            let end: (status: Int, reply: String)
            do throws(UploadError) {
                end = try upload.finish(trailers: trailers)
            } catch {
                throw broken(&storage, error)
            }
            storage.state = .finished
            connections.put(upload)
            try response.endStreaming(status: end.status, reply: end.reply)
        }
    }

    /// The upload that is under way, begun if need be.
    private func begun(_ storage: inout Storage, _ contentType: String) throws(LambdaResponseError) -> ChunkedUpload {
        switch storage.state {
        case .begun(let upload): return upload
        case .finished: throw .alreadyGiven
        case .broken(let error): throw error
        case .open: break
        }
        try LambdaResponseError.check(contentType: contentType)
        // As long as nothing was sent, the response is as open as before.
        let headers = try StreamHeader.all(contentType: contentType, invocationID: response.identity.invocationID)
        let upload = try idleConnection()
        try response.beginStreaming()
        do throws(UploadError) {
            try upload.begin(response.url, userAgent: "swift-lambda-streams/" + packageVersion, headers: headers)
        } catch {
            throw broken(&storage, error)
        }
        storage.state = .begun(upload)
        return upload
    }

    private func idleConnection() throws(LambdaResponseError) -> ChunkedUpload {
        do throws(CurlError) {
            return try connections.take()
        } catch {
            throw .undelivered(error.description)
        }
    }

    private func broken(_ storage: inout Storage, _ error: UploadError) -> LambdaResponseError {
        let reason = end(by: error)
        storage.state = .broken(reason)
        return reason
    }

    private func end(by error: UploadError) -> LambdaResponseError {
        switch error {
        case .lost(let error):
            response.endStreaming(lost: error.description)
            return .undelivered(error.description)
        case .refused(let status, let reply):
            do throws(LambdaResponseError) {
                try response.endStreaming(status: status, reply: reply)
                return .refused(status: status, reason: "it was replied to before its end")
            } catch {
                return error
            }
        }
    }
}

/// The headers of a streamed response.
private enum StreamHeader {
    static let errorType = "Lambda-Runtime-Function-Error-Type"
    static let errorBody = "Lambda-Runtime-Function-Error-Body"

    static func all(contentType: String, invocationID: String?) throws(LambdaResponseError) -> RequestHeaders {
        var headers = RequestHeaders()
        do throws(CurlError) {
            try headers.append("Content-Type", contentType)
            try headers.append("Lambda-Runtime-Function-Response-Mode", "streaming")
            try headers.append("Transfer-Encoding", "chunked")
            // Announced before it is known whether they will come: a trailer that was not announced may be dropped.
            try headers.append("Trailer", errorType + ", " + errorBody)
            try headers.append("Expect", "")
            try headers.append("Accept", "")
            if let invocationID { try headers.append("Lambda-Runtime-Invocation-Id", invocationID) }
        } catch {
            throw .undelivered(error.description)
        }
        return headers
    }
}
