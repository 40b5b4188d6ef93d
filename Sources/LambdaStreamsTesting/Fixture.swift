// Events kept in files: whatever form they were saved in, they come back as the event that a function is invoked with.

public import Foundation
internal import JSONScanning
public import LambdaStreams

/// An event from a file.
///
/// The file holds one of these:
///
/// - an event as Lambda sends it, or the output of `GetRecords` (`aws dynamodbstreams get-records`);
/// - an array of records, or one record;
/// - JSON lines, a record a line;
/// - what a dead-letter sink stored, one object or one a line: its member `record` counts.
///
/// ```swift
/// let event: StreamEvent = try Fixture(at: "Fixtures/orders.json").event()
/// ```
public struct Fixture: Sendable {
    /// The file, or the name of the JSON.
    public let file: String
    /// The event as JSON: byte for byte that of the file if the file contains an event.
    public let json: [UInt8]

    /// Reads a resource of a test bundle: `Fixture("orders.json", in: .module)`.
    ///
    /// The target lists its folder of fixtures in `Package.swift`: `resources: [.copy("Fixtures")]`. A name without a
    /// folder is searched for at the bundle's top and in the folders there.
    public init(_ name: String, in bundle: Bundle) throws(FixtureError) {
        let root = bundle.resourceURL ?? bundle.bundleURL
        let folders = (try? FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)) ?? []
        let places = [root] + folders.sorted { $0.path < $1.path }
        let paths = places.map { $0.appendingPathComponent(name).path }
        guard let path = paths.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw FixtureError(name, .notInBundle(root.path))
        }
        try self.init(path: path)
    }

    /// Reads a file: `Fixture(at: "Fixtures/orders.json")`.
    ///
    /// - Parameters:
    ///   - path: absolute, or relative to the folder of `source`.
    ///   - source: the test's own source file.
    public init(at path: String, relativeTo source: String = #filePath) throws(FixtureError) {
        let folder = URL(fileURLWithPath: source).deletingLastPathComponent()
        try self.init(path: path.hasPrefix("/") ? path : folder.appendingPathComponent(path).path)
    }

    /// Reads JSON from a string.
    ///
    /// - Parameters:
    ///   - json: the JSON, in any form that a file may have.
    ///   - name: the name in errors.
    public init(json: String, named name: String = "the fixture") throws(FixtureError) {
        file = name
        self.json = try FixtureText(name, Array(json.utf8)).event()
    }

    private init(path: String) throws(FixtureError) {
        guard FileManager.default.fileExists(atPath: path) else { throw FixtureError(path, .notFound) }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw FixtureError(path, .unreadable(reason: error.localizedDescription))
        }
        file = path
        json = try FixtureText(path, [UInt8](data)).event()
    }

    /// The event: `Fixture("messages.json", in: .module).event(SQSEvent.self)`.
    public func event<Event: BatchSource>(_ type: Event.Type = Event.self) throws(FixtureError) -> Event {
        do {
            return try Event(payload: json)
        } catch {
            throw FixtureError(file, .noEvent(type: "\(type)", reason: "\(error)"))
        }
    }
}

extension BatchSource {
    /// An event from a resource of a test bundle: `StreamEvent.fixture("orders.json", in: .module)`. The file may have
    /// any form that ``Fixture`` reads.
    public static func fixture(_ name: String, in bundle: Bundle) throws(FixtureError) -> Self {
        try Fixture(name, in: bundle).event()
    }

    /// An event from a file, whose path is absolute or relative to the test's folder.
    public static func fixture(at path: String, relativeTo source: String = #filePath) throws(FixtureError) -> Self {
        try Fixture(at: path, relativeTo: source).event()
    }

    /// An event from a JSON string, in any form that ``Fixture`` takes.
    public static func fixture(json: String) throws(FixtureError) -> Self {
        try Fixture(json: json).event()
    }
}
