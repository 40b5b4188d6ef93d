// Starting programs from tests, which run side by side.

public import Foundation
internal import SharedState

extension Process {
    private static let starting = Guarded(())

    /// Starts the program: `run()`, for one program at a time.
    ///
    /// Foundation learns of a program's end when the other side of a pair of sockets closes, and a program that is started
    /// meanwhile inherits that side. Until the second program had ended, too, the first would never seem to end.
    public func start() throws { try Self.starting.withLock { _ in try run() } }
}
