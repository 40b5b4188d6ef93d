// Which records of a source are handled at all.

public import EventSourceMapping
internal import JSONScanning

/// What a source leaves out, as a mapping's filters do, so that it does not count as left undone.
///
/// ```swift
/// let filters = try FilterCriteria(patterns: [#"{"eventName":["INSERT","MODIFY"]}"#])
/// let selection = ReplaySelection(filters: filters, name: "paid") { record in
///     record.streamRecord?.newImage?["status"]?.string == "PAID"
/// }
/// let streamARN = try await DynamoDBClient().latestStreamARN(ofTable: "orders") ?? ""
/// let source = try StreamSource(streamARN, selection: selection, progressFile: "paid.progress.json")
/// ```
public struct ReplaySelection: Sendable {
    /// The filters of the mapping whose function handles the records.
    public let filters: FilterCriteria?
    private let isSelected: (@Sendable (ReplayRecord) -> Bool)?
    /// What tells this selection from another; a progress file is of one selection.
    public let name: String

    /// Everything.
    public static let all = ReplaySelection()

    /// - Parameters:
    ///   - filters: a record that none of them matches is left out.
    ///   - name: tells this selection from another; empty for everything.
    ///   - isSelected: whether a record is handled; all when nil.
    public init(
        filters: FilterCriteria? = nil,
        name: String = "",
        isSelected: (@Sendable (ReplayRecord) -> Bool)? = nil
    ) {
        self.filters = filters.flatMap { $0.isEmpty ? nil : $0 }
        self.name = name
        self.isSelected = isSelected
    }

    package func contains(_ record: ReplayRecord) -> Bool {
        if let filters {
            guard let document = try? JSONDocument(record.json), filters.matches(document.root) else { return false }
        }
        return isSelected?(record) ?? true
    }
}
