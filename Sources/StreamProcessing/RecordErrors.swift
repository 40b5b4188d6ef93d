// The errors of records, for the tests of functions.

internal import SharedState

/// Collects the errors of the records of every batch that is handled in the task that it is bound to.
package final class RecordErrors: Sendable {
    @TaskLocal package static var collector: RecordErrors?

    private let errors = Guarded<[String: [any Error]]>([:])

    package init() {}

    /// The errors by item identifier, those of one record in the order of its deliveries.
    package var byItemIdentifier: [String: [any Error]] { errors.withLock { $0 } }

    func note(_ error: any Error, of itemIdentifier: String) {
        errors.withLock { $0[itemIdentifier, default: []].append(error) }
    }
}
