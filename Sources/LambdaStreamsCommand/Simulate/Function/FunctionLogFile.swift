// The destination of the function's log: a file, or standard output.

import SharedState

final class FunctionLogFile: Sendable {
    private let writer: Guarded<LineWriter>

    init(path: String) throws(OutputError) { writer = Guarded(try LineWriter(path)) }

    /// Called from the server's threads.
    func append(_ line: String) { writer.withLock { $0.write(Array(line.utf8)) } }

    /// - Returns: why the file is incomplete.
    func close() -> OutputError? {
        writer.withLock { writer in
            writer.close()
            return writer.failure
        }
    }
}
