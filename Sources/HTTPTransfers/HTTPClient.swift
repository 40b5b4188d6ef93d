// Many HTTP requests at once over libcurl, on one thread of its own, with an async face.

@_exported public import CurlTransport
internal import SharedState

/// An HTTP/1.1 client for many concurrent requests.
///
/// ```swift
/// import HTTPTransfers
///
/// let client = HTTPClient()
/// let response = try await client.send(HTTPRequest(.get, "https://example.com/orders"))
/// print(response.status, response.body.count)
/// ```
///
/// All transfers run on one thread, which is made at the first request; a client that is never used costs nothing.
/// Connections are kept alive and used again. Requests above ``HTTPClientConfiguration/maximumTransfers`` wait for their
/// turn, so that ten thousand concurrent requests take the memory of a hundred transfers and of ten thousand waiting
/// tasks. Redirects are not followed. TLS is 1.2 or newer.
///
/// A Lambda environment is frozen between invocations, and its connections may end meanwhile without notice. So a
/// connection is not used again after ``HTTPClientConfiguration/maximumIdleTime`` of either the system's running time or
/// the wall clock, which goes on while the environment is frozen. One that died sooner is found dead before the request
/// is sent or by the reset that follows it, and replaced (see ``HTTPRequest/mayBeRepeated``).
public final class HTTPClient: Sendable {
    private let transfers: TransferLoop

    /// Creates a client and its thread. The connections are opened by the first requests.
    public init(_ configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        transfers = TransferLoop(configuration)
    }

    deinit {
        transfers.stop()
    }

    /// Sends a request and waits for the whole response, of whatever status.
    ///
    /// Cancelling the task stops the transfer and closes its connection.
    ///
    /// - Throws: `CurlError`, of kind `.cancelled` if the task was canceled or the client shut down.
    public func send(_ request: HTTPRequest) async throws(CurlError) -> HTTPResponse {
        let transfers = transfers
        let id = transfers.announce()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfers.enqueue(id, request, continuation)
            }
        } onCancel: {
            transfers.cancel(id)
        }
        return try result.get()
    }

    /// Ends every request that runs or waits with `.cancelled`, closes the connections and ends the thread. Requests that
    /// are made later end so too.
    public func shutDown() {
        transfers.stop()
    }
}

/// How an ``HTTPClient`` works.
///
/// ```swift
/// import HTTPTransfers
///
/// let client = HTTPClient(HTTPClientConfiguration(userAgent: "orders", connectTimeout: .seconds(1)))
/// ```
public struct HTTPClientConfiguration: Sendable {
    /// The `User-Agent` of every request.
    public var userAgent: String
    /// The most transfers that run at once, and so the most connections; 1 at least.
    public var maximumTransfers: Int
    /// How long a new connection may take, TLS included.
    public var connectTimeout: Duration
    /// How long a connection may have been idle to be used again.
    public var maximumIdleTime: Duration
    /// The file of trusted certificate authorities, in PEM; nil for ``CertificateAuthorities/file()``.
    public var certificateAuthorities: String?
    /// Seconds since 1970; not the system's own only in tests.
    package var wallClock: @Sendable () -> Int64

    /// - Parameters:
    ///   - userAgent: the value of the header `User-Agent`.
    ///   - maximumTransfers: 128 leave most of a function's 1,024 descriptors to the function.
    ///   - connectTimeout: how long a new connection may take, TLS included.
    ///   - maximumIdleTime: servers of AWS close an idle connection after a minute or later.
    ///   - certificateAuthorities: the file of trusted certificate authorities, in PEM; nil for the system's.
    public init(
        userAgent: String = "swift-lambda-streams",
        maximumTransfers: Int = 128,
        connectTimeout: Duration = .seconds(3),
        maximumIdleTime: Duration = .seconds(50),
        certificateAuthorities: String? = nil
    ) {
        self.userAgent = userAgent
        self.maximumTransfers = maximumTransfers
        self.connectTimeout = connectTimeout
        self.maximumIdleTime = maximumIdleTime
        self.certificateAuthorities = certificateAuthorities
        wallClock = { SystemClock.secondsSinceEpoch }
    }
}
