// The time of a record, in the forms that events, the Streams API and tools use.

public import DynamoDBStreamEvents
package import JSONScanning

extension StreamRecord {
    /// `ApproximateCreationDateTime` as the mapping reads it: besides the numbers that Lambda and the Streams API write,
    /// ISO 8601 text, as version 2 of the AWS CLI and JavaScript's `JSON.stringify` print it, and numbers in quotes.
    ///
    /// - Throws: where the member is there and cannot be read. Nil is for a record without one.
    public func arrival() throws(UnreadableTime) -> MappingInstant? {
        guard let change = node["dynamodb"] else { return nil }
        return try UnreadableTime.checked(change)
    }
}

/// An `ApproximateCreationDateTime` that is not a time.
///
/// ```swift
/// do {
///     for record in event.records { print(try record.arrival()?.description ?? "no time") }
/// } catch {
///     print("\(error.text) is not a time")
/// }
/// ```
public struct UnreadableTime: Error, Hashable, Sendable, CustomStringConvertible {
    /// The value as it was written, shortened.
    public let text: String

    public var description: String {
        "dynamodb.ApproximateCreationDateTime is \(text), which is not a time: write seconds since 1970, or ISO 8601 "
            + "with a time zone, as 2026-01-01T00:00:00Z"
    }
}

extension UnreadableTime {
    /// The time of a record's member `dynamodb`; nil where it has none.
    package static func checked(_ change: JSONNode) throws(UnreadableTime) -> MappingInstant? {
        guard let time = change["ApproximateCreationDateTime"] else { return nil }
        guard let read = RecordTime.read(time) else { throw UnreadableTime(text: RecordTime.shown(time)) }
        return MappingInstant(read)
    }
}

enum RecordTime {
    /// The years 0000 to 9999.
    private static let years: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    static func read(_ node: JSONNode) -> EpochTime? {
        switch node.kind {
        case .number: return within(node.double.flatMap { number(seconds: $0) })
        case .string:
            guard let text = node.textBytes.map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
            let trimmed = text.trimmingSpaces
            if let time = EpochTime(iso8601: trimmed) ?? EpochTime(iso8601: trimmed.withoutSpaceBeforeZone) {
                return within(time)
            }
            guard let root = (try? JSONDocument(Array(trimmed.utf8)))?.root, root.kind == .number else { return nil }
            return within(root.double.flatMap { number(seconds: $0) })
        default: return nil
        }
    }

    /// Records that took the way through Kinesis have milliseconds or microseconds; as seconds, numbers that large lie
    /// past the year 5000.
    private static func number(seconds number: Double) -> EpochTime? {
        guard number.isFinite else { return nil }
        let size = number.magnitude
        let seconds = size < 1e11 ? number : size < 1e14 ? number / 1e3 : number / 1e6
        guard seconds.magnitude < 1e12 else { return nil }
        let whole = seconds.rounded(.down)
        return EpochTime(seconds: Int64(whole), nanoseconds: Int32(((seconds - whole) * 1e9).rounded(.down)))
    }

    private static func within(_ time: EpochTime?) -> EpochTime? {
        time.flatMap { years.contains($0.seconds) ? $0 : nil }
    }

    static func shown(_ node: JSONNode) -> String {
        let text = String(decoding: node.jsonText.prefix(60), as: UTF8.self)
        return node.jsonText.count > 60 ? text + "…" : text
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    /// `2026-01-01 00:00:00 +00:00`, as some libraries print it.
    fileprivate var withoutSpaceBeforeZone: String {
        guard let space = lastIndex(of: " "), let next = self[index(after: space)...].first,
            next == "+" || next == "-" || next == "Z"
        else { return self }
        return String(self[..<space] + self[index(after: space)...])
    }
}
