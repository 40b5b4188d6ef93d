// Work that is to be ended although its task was canceled.

/// Runs `body` to its end, whoever cancels the calling task meanwhile: what was handled has to be taken out of its queue,
/// or it would be handled again.
func uncancelled<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    try await Task { try await body() }.value
}
