// The Runtime API's connections: which there are, and what goes wrong with them.

internal import NIOCore
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

extension RuntimeAPI {
    func opened(_ channel: any Channel) -> ConnectionID {
        state.withLock { state in
            state.connectionCount += 1
            let generation = state.environment.process.generation
            state.connections[state.connectionCount] = Connection(channel: channel, generation: generation)
            return state.connectionCount
        }
    }

    func closed(_ connection: ConnectionID) {
        state.withLock { $0.connections[connection] = nil }
        update { environment, _ in environment.connectionClosed(connection) }
    }

    func fault(_ route: Route) -> Fault? {
        state.withLock { state in
            let exchange = Exchange(route, number: state.exchangeCount)
            state.exchangeCount += 1
            return state.faults?.fault(exchange)
        }
    }

    func refuseConnections(for time: Duration) { state.withLock { $0.listener }?.refuse(for: time) }
}

extension Moment {
    static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let milliseconds = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        return Moment(time: .now(), epochMilliseconds: milliseconds)
    }
}
