// How far a source of records has been read and handled, in a file, so that a killed run goes on from there.

internal import JSONScanning

/// The places up to which everything is done: one for each segment of a table, file of an export, or shard of a stream.
///
/// ```json
/// {"version":1,"source":{"kind":"table","stream":"arn:…","segments":"4"},"places":{"0":{"after":{"id":{"S":"o-1"}}},"1":{"done":true}}}
/// ```
///
/// A place is moved only past what is done. The file is replaced as a whole, so that its reader finds the places of one
/// moment or of the next.
package struct ProgressFile: Sendable {
    package enum Place: Hashable, Sendable {
        /// Done up to here: JSON whose meaning is the source's own.
        case after([UInt8])
        case done
    }

    package let path: String
    /// What must be the same for the places to mean anything: names and values, in order.
    private let identity: [(name: String, value: String)]
    package private(set) var places: [String: Place] = [:]
    /// The file is written at most so often; what is written late is done again after a crash, never left out.
    private let interval: Duration
    private var writtenAt: ContinuousClock.Instant?
    private var hasChanged = false

    private static let version = 1
    private static let maximumByteCount = 64 << 20

    /// Reads the file if it is there.
    ///
    /// - Throws: ``ProgressFileError`` for a file of something else.
    package init(
        _ path: String,
        identity: [(name: String, value: String)],
        interval: Duration = .seconds(1)
    ) throws(ProgressFileError) {
        self.path = path
        self.identity = identity
        self.interval = interval
        guard let bytes = try ReplacedFile.read(path, limit: Self.maximumByteCount) else { return }
        let limits = JSONLimits(maximumByteCount: Self.maximumByteCount)
        guard let root = (try? JSONDocument(bytes, limits: limits))?.root, root.kind == .object,
            let source = root["source"], source.kind == .object, let places = root["places"], places.kind == .object
        else { throw .notAProgressFile(path: path) }
        guard root["version"]?.numberText == "\(Self.version)" else { throw .otherVersion(path: path) }
        for (name, value) in identity {
            let found = source.member(named: name).flatMap { try? $0.string() } ?? "nothing"
            guard found == value else { throw .other(path: path, name: name, found: found, expected: value) }
        }
        for member in places.members {
            if member.value["done"]?.bool == true {
                self.places[member.repairedName] = .done
            } else if let after = member.value["after"] {
                self.places[member.repairedName] = .after(Array(after.jsonText))
            } else {
                throw .notAProgressFile(path: path)
            }
        }
    }

    /// Whether an earlier run has left places.
    package var isResumed: Bool { !places.isEmpty }

    /// Takes note of a place, and writes the file if it was not written for a while.
    package mutating func move(_ name: String, to place: Place) throws(ProgressFileError) {
        places[name] = place
        hasChanged = true
        if let writtenAt, ContinuousClock.now - writtenAt < interval { return }
        try write()
    }

    /// Writes what was not written yet.
    package mutating func write() throws(ProgressFileError) {
        guard hasChanged else { return }
        try ReplacedFile.write(json, to: path)
        hasChanged = false
        writtenAt = .now
    }

    private var json: [UInt8] {
        var json: [UInt8] = []
        json.appendJSON(#"{"version":"#)
        json.appendJSONInteger(Self.version)
        json.appendJSON(#","source":{"#)
        for (index, (name, value)) in identity.enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSONString(name)
            json.appendJSON(":")
            json.appendJSONString(value)
        }
        json.appendJSON(#"},"places":{"#)
        for (index, place) in places.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSONString(place.key)
            switch place.value {
            case .done: json.appendJSON(#":{"done":true}"#)
            case .after(let after):
                json.appendJSON(#":{"after":"#)
                json += after
                json.appendJSON("}")
            }
        }
        json.appendJSON("}}\n")
        return json
    }
}

/// Why a progress file cannot be used.
///
/// ```swift
/// let stream = try await BackfillSurvey(of: "orders").stream
/// do {
///     _ = try TableSource("orders", stream: stream, progressFile: "orders.progress.json")
/// } catch .other(let path, let name, let found, _) {
///     print("\(path) belongs to a run whose \(name) is \(found)")
/// }
/// ```
public enum ProgressFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file exists and cannot be read.
    case cannotRead(path: String, reason: String)
    /// The file cannot be written.
    case cannotWrite(path: String, reason: String)
    /// The file is something else.
    case notAProgressFile(path: String)
    /// The file is of another version of this package.
    case otherVersion(path: String)
    /// The file is of another table, stream, export, or was begun with other options.
    case other(path: String, name: String, found: String, expected: String)

    public var description: String {
        switch self {
        case .cannotRead(let path, let reason): "The progress file \(path) cannot be read: \(reason)."
        case .cannotWrite(let path, let reason): "The progress file \(path) cannot be written: \(reason)."
        case .notAProgressFile(let path):
            "\(path) is not a progress file. Remove it to start over, or name another file."
        case .otherVersion(let path):
            "\(path) was written by another version of this command. Finish with that one, or remove the file to start over."
        case .other(let path, let name, let found, let expected):
            "\(path) belongs to another run: its \(name) is \(found), and this run's is \(expected). Remove the file to "
                + "start over, or name another file."
        }
    }
}
