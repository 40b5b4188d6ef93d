// Detects that an executable was rebuilt.

import Foundation
import RuntimeAPIServer
import SharedState

/// Checks the files twice a second. A linker writes its output in pieces, so a change counts when the file no longer
/// changes and the executable can be run.
final class ExecutableWatch: Sendable {
    private struct State: Equatable {
        var files: [File?]
        var isExecutable: Bool
    }

    private struct File: Equatable {
        var modification: Date?
        var size: Int?
        var number: UInt64?
    }

    private let paths: [String]
    private let known: Guarded<State>

    /// - Parameter command: the executable and its arguments. Arguments that are existing files are watched too: a
    ///   script changes, its interpreter does not.
    init(_ command: [String]) {
        let executable = command.first.map { RuntimeAPIServer.path(ofExecutable: $0) ?? $0 }
        let scripts = command.dropFirst().filter { Self.file($0) != nil }
        paths = [executable ?? ""] + scripts
        known = Guarded(Self.state(paths))
    }

    /// Waits for a change.
    ///
    /// - Returns: false if the interruption came first.
    func change(until interruption: Interruption) async -> Bool {
        var last = known.withLock { $0 }
        while !interruption.isRequested {
            try? await Task.sleep(for: .milliseconds(500))
            let now = Self.state(paths)
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

    private static func state(_ paths: [String]) -> State {
        State(files: paths.map(file), isExecutable: paths.first.map { access($0, X_OK) == 0 } ?? false)
    }

    /// The properties that change with the file; nil if it does not exist.
    private static func file(_ path: String) -> File? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            attributes[.type] as? FileAttributeType != .typeDirectory
        else { return nil }
        return File(
            modification: attributes[.modificationDate] as? Date,
            size: attributes[.size] as? Int,
            number: (attributes[.systemFileNumber] as? NSNumber)?.uint64Value
        )
    }
}
