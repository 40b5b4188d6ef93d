// The answer of one invocation, sent in pieces as they are made.

internal import CurlTransport
public import LambdaFunctions
internal import SharedState

/// Takes an answer piece by piece and sends each before it takes the next, so that an answer of any length needs the
/// memory of one piece.
///
/// A write blocks its thread until the platform has taken the bytes. The platform takes the first 6 MB as fast as they
/// come and 2 MB a second from there, up to 200 MB unless the account's limit is another ("Response streaming for Lambda
/// functions", https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
public final class LambdaResponseStream: Sendable {
    private enum State {
        case open
        case begun(ChunkedUpload)
        case broken(String)
        case finished
    }

    private struct Storage: ~Copyable {
        var state = State.open
    }

    private let answer: InvocationAnswer
    private let connections: ConnectionPool
    private let storage = Guarded(Storage())

    init(_ answer: InvocationAnswer, connections: ConnectionPool) {
        self.answer = answer
        self.connections = connections
    }

    /// Begins the answer as one of `contentType`, before its first byte is known. Any write does so by itself, as
    /// `application/octet-stream`.
    ///
    /// - Throws: `LambdaResponseError.alreadyGiven` where it has begun, `.streamBroken` where it cannot.
    public func begin(contentType: String) throws(LambdaResponseError) {
        try storage.withLock { (storage) throws(LambdaResponseError) in
            guard case .open = storage.state else { throw .alreadyGiven }
            _ = try begun(&storage, contentType)
        }
    }

    /// Begins the answer as an HTTP response with this head; what is written then is its body.
    ///
    /// - Throws: `LambdaResponseError.alreadyGiven` where the answer has begun, `.streamBroken` where it cannot.
    public func write(_ head: HTTPResponseHead) throws(LambdaResponseError) {
        try begin(contentType: HTTPResponseHead.contentType)
        try write(head.prelude)
    }

    /// Sends `bytes`; an empty piece only begins the answer.
    ///
    /// - Throws: `LambdaResponseError.streamBroken` when the platform takes no more, `.alreadyGiven` after ``finish()``.
    public func write(_ bytes: [UInt8]) throws(LambdaResponseError) {
        try storage.withLock { (storage) throws(LambdaResponseError) in
            let upload = try begun(&storage, "application/octet-stream")
            do throws(CurlError) {
                try bytes.withUnsafeBufferPointer { (bytes) throws(CurlError) in
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

    /// Ends the answer: the caller has all of it. The function may go on; an error that it throws then is only logged.
    ///
    /// Done by itself when the function returns.
    public func finish() throws(LambdaResponseError) {
        try end(trailers: [])
    }

    /// Ends the answer as one that failed: the caller sees that it was cut off, and the platform the error.
    func fail(_ error: any Error) throws(LambdaResponseError) {
        let report = ErrorReport(error)
        try end(trailers: [
            (StreamHeader.errorType, report.errorType), (StreamHeader.errorBody, base64(report.json)),
        ])
    }

    /// Whether the answer has begun and not ended.
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
            do throws(CurlError) {
                let (status, reply) = try upload.finish(trailers: trailers)
                storage.state = .finished
                answer.endStreaming(status: status, reply: reply)
                connections.put(upload)
            } catch {
                throw broken(&storage, error)
            }
        }
    }

    /// The upload that is under way, begun if need be.
    private func begun(_ storage: inout Storage, _ contentType: String) throws(LambdaResponseError) -> ChunkedUpload {
        switch storage.state {
        case .begun(let upload): return upload
        case .finished: throw .alreadyGiven
        case .broken(let reason): throw .streamBroken(reason)
        case .open: break
        }
        try answer.beginStreaming()
        do {
            let upload = try connections.take()
            try upload.begin(
                answer.responseURL,
                userAgent: "swift-lambda-streams/" + packageVersion,
                headers: try StreamHeader.all(contentType: contentType, invocationID: answer.identity.invocationID)
            )
            storage.state = .begun(upload)
            return upload
        } catch {
            throw broken(&storage, error)
        }
    }

    private func broken(_ storage: inout Storage, _ error: CurlError) -> LambdaResponseError {
        storage.state = .broken(error.description)
        answer.endStreaming(lost: error.description)
        return .streamBroken(error.description)
    }
}

/// The headers of a streamed answer.
private enum StreamHeader {
    static let errorType = "Lambda-Runtime-Function-Error-Type"
    static let errorBody = "Lambda-Runtime-Function-Error-Body"

    static func all(contentType: String, invocationID: String?) throws(CurlError) -> HTTPHeaderList {
        var headers = HTTPHeaderList()
        try headers.append("Content-Type", contentType)
        try headers.append("Lambda-Runtime-Function-Response-Mode", "streaming")
        try headers.append("Transfer-Encoding", "chunked")
        // Said before it is known whether they will come: a trailer that was not announced may be dropped.
        try headers.append("Trailer", errorType + ", " + errorBody)
        try headers.append("Expect", "")
        try headers.append("Accept", "")
        if let invocationID { try headers.append("Lambda-Runtime-Invocation-Id", invocationID) }
        return headers
    }
}

private func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        for place in 0..<4 {
            text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 0x3F] : UInt8(ascii: "="))
        }
    }
    return String(decoding: text, as: UTF8.self)
}
