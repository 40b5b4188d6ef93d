// Notices that an executable was built anew.

import Foundation
import SharedState

/// Looks at the file twice a second: a linker writes it in pieces, so a change counts when it has come to rest and can
/// be run.
final class ExecutableWatch: Sendable {
    private struct State: Equatable {
        var modification: Date?
        var size: Int?
        var file: UInt64?
        var isExecutable = false
    }

    private let path: String
    private let known: Guarded<State>

    init(_ path: String) {
        self.path = path
        known = Guarded(Self.state(path))
    }

    /// Waits for a change.
    ///
    /// - Returns: false if the interruption came first.
    func change(until interruption: Interruption) async -> Bool {
        var last = known.withLock { $0 }
        while !interruption.isRequested {
            try? await Task.sleep(for: .milliseconds(500))
            let now = Self.state(path)
            let isAtRest = now == last
            last = now
            let isChanged = known.withLock { known in
                guard isAtRest, now != known, now.isExecutable else { return false }
                known = now
                return true
            }
            if isChanged { return true }
        }
        return false
    }

    private static func state(_ path: String) -> State {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return State(
            modification: attributes?[.modificationDate] as? Date,
            size: attributes?[.size] as? Int,
            file: (attributes?[.systemFileNumber] as? NSNumber)?.uint64Value,
            isExecutable: access(path, X_OK) == 0
        )
    }
}
