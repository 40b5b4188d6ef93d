// A listening address that can stop listening for a while.

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Accepts connections for a service.
final class Listener: Sendable {
    let host: String
    let port: Int
    private let service: any HTTPService
    private let eventLoop: any EventLoop
    private let reservation: Int32?
    private let state = Guarded(State())

    private struct State {
        var channel: (any Channel)?
        var isClosed = false
        /// Counts the refusals, so that only the last one to end listens again.
        var refusals = 0
    }

    /// The most bytes of the headers. Go's `net/http`, which the platform's server uses, accepts 1 MiB in total.
    private static var limits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 1024 * 1024 + 4096
        return limits
    }

    static func start(
        host: String,
        port: Int,
        _ service: any HTTPService,
        on eventLoop: any EventLoop
    ) async throws -> Listener {
        // A chosen port must not be shared with another server.
        let bootstrap = bootstrap(service, on: eventLoop, sharesPort: port == 0)
        let channel = try await bootstrap.bind(host: host, port: port).get()
        let reservation = port == 0 ? channel.localAddress.flatMap(reserve) : nil
        return Listener(host: host, service: service, eventLoop: eventLoop, channel: channel, reservation: reservation)
    }

    private static func bootstrap(
        _ service: any HTTPService,
        on eventLoop: any EventLoop,
        sharesPort: Bool
    ) -> ServerBootstrap {
        ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(ChannelOptions.socket(.init(SOL_SOCKET), SO_REUSEPORT), value: sharesPort ? 1 : 0)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let decoder = HTTPRequestDecoder(
                        leftOverBytesStrategy: .dropBytes,
                        informationalResponseStrategy: .drop,
                        limitConfiguration: limits
                    )
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(decoder), HTTPConnection(service),
                    ])
                }
            }
    }

    private init(
        host: String,
        service: any HTTPService,
        eventLoop: any EventLoop,
        channel: any Channel,
        reservation: Int32?
    ) {
        self.host = host
        self.service = service
        self.eventLoop = eventLoop
        port = channel.localAddress?.port ?? 0
        state.withLock { $0.channel = channel }
        self.reservation = reservation
    }

    deinit {
        if let reservation { closeDescriptor(reservation) }
    }

    /// A socket that is bound to the address and never listens. While nothing else listens, connections are refused and
    /// the port is not assigned to another process, which would receive the function's requests.
    private static func reserve(_ address: SocketAddress) -> Int32? {
        #if canImport(Glibc)
        let stream = Int32(SOCK_STREAM.rawValue)
        #else
        let stream = SOCK_STREAM
        #endif
        let descriptor = socket(address.protocol.rawValue, stream, 0)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout.size(ofValue: yes))
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, size)
        let isBound = address.withSockAddr { address, size in bind(descriptor, address, socklen_t(size)) == 0 }
        guard isBound else {
            closeDescriptor(descriptor)
            return nil
        }
        return descriptor
    }

    /// Closes the listening socket and opens it again after that time.
    func refuse(for time: Duration) {
        let (channel, refusal) = state.withLock { state in
            state.refusals += 1
            defer { state.channel = nil }
            return (state.channel, state.refusals)
        }
        channel?.close(promise: nil)
        eventLoop.scheduleTask(in: TimeAmount(time)) { [self] in
            listenAgain(refusal)
        }
    }

    private func listenAgain(_ refusal: Int) {
        guard state.withLock({ !$0.isClosed && $0.refusals == refusal && $0.channel == nil }) else { return }
        Self.bootstrap(service, on: eventLoop, sharesPort: reservation != nil).bind(host: host, port: port).whenComplete
        {
            [self] result in
            switch result {
            case .success(let channel):
                let isWanted = state.withLock { state in
                    guard !state.isClosed, state.channel == nil else { return false }
                    state.channel = channel
                    return true
                }
                if !isWanted { channel.close(promise: nil) }
            case .failure:
                // Another process may hold the port for a moment.
                eventLoop.scheduleTask(in: .milliseconds(5)) { [self] in
                    listenAgain(refusal)
                }
            }
        }
    }

    func close() async {
        let channel = state.withLock { state in
            state.isClosed = true
            defer { state.channel = nil }
            return state.channel
        }
        try? await channel?.close().get()
    }
}
