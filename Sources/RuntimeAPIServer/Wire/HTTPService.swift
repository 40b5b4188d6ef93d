// The receiver of a connection's requests.

internal import NIOCore
internal import NIOHTTP1

/// Serves the requests of one address. Called from the connections' event loops.
protocol HTTPService: Sendable {
    /// Which routes there are.
    var routes: Route.Service { get }

    /// A new connection.
    func opened(_ channel: any Channel) -> ConnectionID
    func closed(_ connection: ConnectionID)

    /// What goes wrong with the request whose head has come, if anything does.
    func fault(_ route: Route) -> Fault?

    /// How the body is to be read.
    func begin(_ route: Route, _ head: HTTPRequestHead) -> BodyReading

    /// The request is complete: a reply is written to the channel, now or later.
    func serve(_ request: HTTPRequest, on connection: ConnectionID)

    /// The connection has ended within the body.
    func abort(_ route: Route)

    /// Nobody listens for a while.
    func refuseConnections(for time: Duration)
}

enum BodyReading: Sendable {
    /// Kept up to that many bytes; what comes behind is counted only.
    case keep(limit: Int)
    /// Handed on as it comes.
    case handOn(@Sendable ([UInt8]) -> Void)
    /// Read and forgotten, and then this reply.
    case refuse(Reply)
    /// Read and forgotten, without a reply.
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
