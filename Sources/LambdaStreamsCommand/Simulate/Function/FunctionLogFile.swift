// Where the function's own log goes: a file, or standard error.

import Foundation
import SharedState

final class FunctionLogFile: Sendable {
    private let writer: Guarded<LineWriter>

    init(path: String) throws(OutputError) { writer = Guarded(try LineWriter(path)) }

    /// Called from the server's threads.
    func append(_ line: String) { writer.withLock { try? $0.write(Array(line.utf8)) } }

    func close() throws(OutputError) {
        let failure: OutputError? = writer.withLock { writer in
            do throws(OutputError) {
                try writer.close()
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}

/// Lines to a file, `-` for standard output, gathered into large writes.
struct LineWriter: Sendable {
    private let path: String
    private let handle: FileHandle
    private var buffer: [UInt8] = []

    init(_ path: String) throws(OutputError) {
        self.path = path
        if path == "-" {
            handle = .standardOutput
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else {
            throw .cannotWrite(path: path)
        }
        self.handle = handle
    }

    mutating func write(_ line: [UInt8]) throws(OutputError) {
        buffer.append(contentsOf: line)
        buffer.append(0x0A)
        if buffer.count >= 1 << 16 { try flush() }
    }

    mutating func flush() throws(OutputError) {
        guard !buffer.isEmpty else { return }
        do {
            try handle.write(contentsOf: Data(buffer))
        } catch {
            throw .cannotWrite(path: path)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    mutating func close() throws(OutputError) {
        try flush()
        if path != "-" { try? handle.close() }
    }
}

enum OutputError: UserFacingError {
    case cannotWrite(path: String)

    var description: String {
        switch self {
        case .cannotWrite(let path): "\(path) cannot be written: does its folder exist, and is there room?"
        }
    }
}
