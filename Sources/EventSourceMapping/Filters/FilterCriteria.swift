// The filters of a mapping: a record is delivered when one of them matches it.

public import JSONScanning

/// Compiled filter patterns.
///
/// ```swift
/// let criteria = try FilterCriteria(patterns: [#"{"eventName":["REMOVE"]}"#])
/// for note in criteria.notes() { print(note) }
/// ```
///
/// The language is that of EventBridge's rules, over one record as Lambda delivers it. See
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
public struct FilterCriteria: Sendable {
    let patterns: [FilterPattern]
    /// The patterns as they were given.
    public let texts: [String]

    /// The quota of filters for a mapping ("Lambda event filtering").
    public static let standardPatternCount = 5
    /// The quota to which AWS raises ``standardPatternCount`` on request.
    public static let maximumPatternCount = 10

    /// - Parameter patterns: JSON texts; none match every record.
    /// - Throws: "Invalid filter pattern definition." with what is wrong as its detail.
    public init(patterns: [String]) throws(AdmissionError) {
        guard patterns.count <= Self.maximumPatternCount else {
            throw .invalidPattern(
                "\(patterns.count) filters; at most \(Self.standardPatternCount) are allowed, or "
                    + "\(Self.maximumPatternCount) where AWS has raised the quota"
            )
        }
        var compiled: [FilterPattern] = []
        for (index, pattern) in patterns.enumerated() {
            do {
                compiled.append(try FilterPattern(pattern))
            } catch {
                throw .invalidPattern("filter \(index + 1): \(error.reason)")
            }
        }
        self.patterns = compiled
        texts = patterns
    }

    /// Whether there are no patterns, so that every record is delivered.
    public var isEmpty: Bool { patterns.isEmpty }

    /// - Parameter record: the record as Lambda delivers it.
    public func matches(_ record: JSONNode) -> Bool {
        patterns.isEmpty || patterns.contains { $0.matches(record) }
    }

    /// Descriptions of patterns that cannot be meant, or that Lambda does not document.
    ///
    /// - Parameter view: what the stream's records have of an item; nil where that is not known.
    public func notes(view: StreamView? = nil) -> [String] {
        let quota =
            patterns.count > Self.standardPatternCount
            ? [
                "\(patterns.count) filters are more than Lambda's quota of \(Self.standardPatternCount) for a mapping; AWS "
                    + "raises it to \(Self.maximumPatternCount) on request."
            ] : []
        return quota + findings(view: view).map { "\($0.summary) \($0.reason)" }
    }
}

extension AdmissionError {
    static func invalidPattern(_ detail: String) -> AdmissionError {
        AdmissionError(.invalidParameterValue, "Invalid filter pattern definition.", detail: detail)
    }
}

/// Why a text is not a pattern.
struct FilterPatternError: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension FilterCriteria {
    /// Whether the record of this JSON is delivered.
    func matches(record json: [UInt8]) -> Bool {
        guard let record = try? JSONDocument(json) else { return false }
        return matches(record.root)
    }
}
