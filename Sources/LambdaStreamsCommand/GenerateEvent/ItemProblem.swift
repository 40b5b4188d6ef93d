// Values that DynamoDB does not store, so that no stream contains them ("Constraints in Amazon DynamoDB").

import DynamoDBStreamEvents
import JSONScanning

enum ItemProblem {
    /// The first problem in an item, as a clause: `n is {"X":1}, which is no value of DynamoDB`.
    static func first(in item: Item) -> String? {
        for (name, value) in item {
            if name.isEmpty { return "an attribute has an empty name" }
            if let problem = first(in: value, at: name) { return problem }
        }
        return nil
    }

    private static func first(in value: AttributeValue, at place: String) -> String? {
        switch value {
        case .unknown(let json): "\(place) is \(json.printable), which is not a value of DynamoDB"
        case .number(let number): outOfRange([number], place)
        case .list(let elements):
            elements.enumerated().lazy.compactMap { first(in: $1, at: "\(place)[\($0)]") }.first
        case .map(let item): first(in: item).map { "\(place): \($0)" }
        case .stringSet(let elements): flaw(in: elements.map { ExactText($0) }, place)
        case .numberSet(let elements): flaw(in: elements, place) ?? outOfRange(elements, place)
        case .binarySet(let elements): flaw(in: elements, place)
        case .string, .binary, .bool, .null: nil
        }
    }

    private static func flaw(in set: [some Hashable], _ place: String) -> String? {
        if set.isEmpty { return "\(place) is an empty set" }
        return Set(set).count < set.count ? "\(place) is a set with an element that appears twice" : nil
    }

    private static func outOfRange(_ numbers: [AttributeNumber], _ place: String) -> String? {
        numbers.first { !$0.isInRange }.map { "\(place) has the number \($0.text), which DynamoDB does not take" }
    }
}

extension AttributeNumber {
    /// Up to 38 significant digits, magnitudes from 1E-130 to 9.9…E+125.
    var isInRange: Bool {
        let (_, digitCount, scale) = shape
        let (exponent, overflow) = scale.addingReportingOverflow(digitCount - 1)
        return digitCount == 0 || digitCount <= 38 && !overflow && (-130...125).contains(exponent)
    }
}
