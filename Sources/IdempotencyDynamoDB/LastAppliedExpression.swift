// The rule of last applied numbers in DynamoDB's expressions: `LastAppliedChange.applied(to:at:)`, term by term.

internal import DynamoDBStreamEvents
internal import Idempotency

struct LastAppliedExpression {
    private var assignments: [String] = []
    private var removals = ""
    private(set) var condition: String
    private(set) var names: [String: String] = [:]
    private(set) var values: [String: AttributeValue] = [:]

    init(_ change: LastAppliedChange, now: Int64) {
        let isNew = "(attribute_not_exists(#seq) OR #seq < :seq)"
        let isFree = "(attribute_not_exists(#claim) OR #lease < :now)"
        let isOwn = "#owner = :owner"
        values = [":seq": change.number.padded, ":owner": .string(change.owner)]
        switch change.step {
        case .claim(let leaseEnd):
            condition = "\(isNew) AND \(isFree)"
            assignments = ["#claim = :seq", "#lease = :lease", "#owner = :owner"]
            values[":lease"] = .number(AttributeNumber(leaseEnd))
            values[":now"] = .number(AttributeNumber(now))
        case .complete:
            condition = "\(isOwn) AND #claim = :seq"
            assignments = ["#seq = :seq"]
            removals = " REMOVE #claim, #lease"
        case .release:
            condition = "\(isOwn) AND #claim = :seq"
            removals = " REMOVE #claim, #lease"
        case .advance:
            condition = "\(isNew) AND \(isFree)"
            // Every right-hand side sees the item as it was.
            assignments = ["#previous = if_not_exists(#seq, :none)", "#seq = :seq", "#owner = :owner"]
            removals = " REMOVE #claim, #lease"
            values[":none"] = .string(SequenceNumber.nothingApplied)
            values[":now"] = .number(AttributeNumber(now))
        case .retreat:
            condition = "\(isOwn) AND #seq = :seq"
            assignments = ["#seq = #previous"]
        }
        // DynamoDB refuses names that no expression uses.
        let expressions = condition + update
        let all = [
            "seq": "seq", "claim": "claim", "lease": "in_progress_expiration", "owner": "owner", "previous": "previous",
        ]
        for (name, attribute) in all where expressions.hasName(name) { names["#\(name)"] = attribute }
    }

    /// Adds an assignment.
    mutating func set(_ attribute: String, to value: AttributeValue) {
        assignments.append("#\(attribute) = :\(attribute)")
        names["#\(attribute)"] = attribute
        values[":\(attribute)"] = value
    }

    var update: String {
        let sets = assignments.isEmpty ? "" : "SET " + assignments.joined(separator: ", ")
        return String((sets + removals).drop { $0 == " " })
    }
}

extension String {
    fileprivate func hasName(_ name: String) -> Bool {
        split { !($0.isLetter || $0 == "#" || $0 == ":") }.contains { $0 == "#\(name)" }
    }
}
