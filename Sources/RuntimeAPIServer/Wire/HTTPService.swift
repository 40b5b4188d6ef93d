// The receiver of a connection's requests.

internal import NIOCore
internal import NIOHTTP1

/// Serves the requests of one address. Called from the connections' event loops.
protocol HTTPService: Sendable {
    /// The routes.
    var routes: Route.Service { get }

    /// A new connection.
    func opened(_ channel: any Channel) -> ConnectionID
    func closed(_ connection: ConnectionID)

    /// The fault of the request whose head has been read, if any.
    func fault(_ route: Route) -> Fault?

    /// How the body is to be read.
    func begin(_ route: Route, _ head: HTTPRequestHead) -> BodyReading

    /// The request is complete: a reply is written to the channel, now or later.
    func serve(_ request: HTTPRequest, on connection: ConnectionID)

    /// The connection has ended within the body.
    func abort(_ route: Route)

    /// Stops listening for a while.
    func refuseConnections(for time: Duration)
}

enum BodyReading: Sendable {
    /// Kept up to this many bytes. Further bytes are only counted.
    case keep(limit: Int)
    /// Forwarded piece by piece.
    case handOn(@Sendable ([UInt8]) -> Void)
    /// Read and ignored, followed by this reply.
    case refuse(Reply)
    /// Read and ignored, without a reply.
    case ignore
}

struct HTTPRequest: Sendable {
    let route: Route
    let head: HTTPRequestHead
    /// Up to the limit.
    let body: [UInt8]
    /// All of it, kept or not.
    let byteCount: Int
    let trailers: HTTPHeaders?

    func header(_ name: String) -> String? { head.headers.first(name: name) }
}
