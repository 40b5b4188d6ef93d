// SnapStart: what is done before the platform takes its snapshot of the initialized process, and in each copy of it.

/// The hooks round a snapshot.
struct SnapshotHooks: Sendable {
    typealias Hook = @Sendable () async throws -> Void

    var beforeSnapshot: [Hook] = []
    var afterRestore: [Hook] = []

    /// Passes from the init phase into a restored copy.
    ///
    /// Before the snapshot the last hook registered runs first, after the restore the first one does: what was set up
    /// later may lean on what was set up earlier ("Implement code before or after Lambda function snapshots",
    /// https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html).
    ///
    /// - Returns: false when the wait for the restore was interrupted.
    /// - Throws: `RuntimeExit` after the failure was reported.
    func pass(_ client: RuntimeAPIClient) async throws -> Bool {
        do {
            for hook in beforeSnapshot.reversed() { try await hook() }
        } catch {
            let report = ErrorReport(error)
            client.reportInitializationFailure(report)
            throw RuntimeExit.beforeSnapshotFailed(report)
        }
        switch client.waitForRestore() {
        case .restored: break
        case .refused(let reason): throw RuntimeExit.restoreRefused(reason)
        case .interrupted: return false
        }
        do {
            for hook in afterRestore { try await hook() }
        } catch {
            let report = ErrorReport(error)
            client.reportRestoreFailure(report)
            throw RuntimeExit.restoreFailed(report)
        }
        return true
    }
}
