// Folders that go with the test that made them.

public import Foundation

/// A folder of one test's own, removed with it: when nobody holds it any more. A suite holds it in a property, so that it
/// is there for as long as a test of it runs.
public final class TemporaryFolder: Sendable {
    public let url: URL

    public init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("lambda-streams-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    public var path: String { url.path }

    /// The path of a file in it, there or not.
    public func file(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Writes a file, and gives its path.
    public func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    public func read(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }
}
