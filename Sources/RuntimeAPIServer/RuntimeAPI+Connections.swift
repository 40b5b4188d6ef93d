// The Runtime API's connections and their faults.

internal import NIOCore
internal import SharedState

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
        Moment(time: .now(), epochMilliseconds: SystemClock.millisecondsSinceEpoch)
    }
}
