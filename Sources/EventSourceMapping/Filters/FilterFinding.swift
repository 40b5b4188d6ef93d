// Tests of a mapping's filters that cannot be meant, found once for everything that reports them.

/// A test of a filter that matches no record, or every one, or that Lambda's guide does not list.
///
/// ```swift
/// let pattern = #"{"dynamodb":{"NewImage":{"total":{"N":[{"numeric":[">",100]}]}}}}"#
/// for finding in try FilterCriteria(patterns: [pattern]).findings() { print(finding.summary, finding.fix) }
/// ```
public struct FilterFinding: Hashable, Sendable {
    /// What is wrong with a test. The raw value is the code of `check`.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A `numeric` test of an attribute, whose number is text in a stream's record. It never matches.
        case numericOnString = "filter-numeric-on-string"
        /// An `exists` test of an attribute, which is an object in a stream's record. It sees leaves alone.
        case existsOnObject = "filter-exists-on-object"
        /// A test of an image that the stream's view type leaves out.
        case withoutImage = "filter-without-image"
        /// A test that no record can pass.
        case neverMatches = "filter-never-matches"
        /// A test whose result AWS does not document.
        case undocumented = "filter-undocumented"
    }

    /// The effect of the test on the filters as a whole.
    public enum Effect: Hashable, Sendable {
        /// Every filter has such a test: no record is delivered.
        case nothingDelivered
        /// This filter matches no record; the records that another one matches are delivered.
        case filterDead
        /// This test, or this choice of `$or`, matches no record; the rest of the filter may match.
        case testDead
        /// The test is true of every record.
        case matchesEverything
        /// The test works.
        case none
    }

    /// What is wrong.
    public let kind: Kind
    /// What it does to the records of the stream.
    public internal(set) var effect: Effect
    /// The filter's number, from 1.
    public let filter: Int
    /// The names that lead to the test, with dots between them.
    public let place: String
    /// Why, one or two sentences.
    public let reason: String
    /// What to write instead, a clause.
    public let fix: String

    /// The effect, in a sentence.
    public var summary: String {
        switch effect {
        case .nothingDelivered: "Filter \(filter) matches no record by \(place), and no record is delivered."
        case .filterDead: "Filter \(filter) matches no record by \(place); what another filter matches is delivered."
        case .testDead: "Filter \(filter) has a test on \(place) that matches no record."
        case .matchesEverything: "Filter \(filter) has a test on \(place) that every record passes."
        case .none: "Filter \(filter) uses an operator on \(place) that Lambda's guide does not list."
        }
    }
}

extension FilterCriteria {
    /// What in the patterns cannot be meant, at any depth of an item.
    ///
    /// - Parameter view: what the stream's records have of an item; nil where that is not known.
    public func findings(view: StreamView? = nil) -> [FilterFinding] {
        let shape = RecordShape(view: view)
        let readings = patterns.enumerated().map { PatternReading($0.element, number: $0.offset + 1, in: shape) }
        let allDead = !readings.isEmpty && readings.allSatisfy(\.isDead)
        return readings.flatMap { reading in
            reading.findings.map { finding in
                var finding = finding
                if finding.effect == .filterDead, allDead { finding.effect = .nothingDelivered }
                return finding
            }
        }
    }
}

/// One pattern against the shape of a record.
private struct PatternReading {
    var findings: [FilterFinding] = []
    /// Whether no record can match it.
    let isDead: Bool

    init(_ pattern: FilterPattern, number: Int, in shape: RecordShape) {
        let alternatives = pattern.alternatives.map { AlternativeReading($0, number: number, in: shape) }
        isDead = alternatives.allSatisfy(\.isDead)
        for alternative in alternatives {
            for var finding in alternative.findings {
                if finding.effect == .filterDead, !isDead { finding.effect = .testDead }
                let isTold = findings.contains { $0.place == finding.place && $0.reason == finding.reason }
                if !isTold { findings.append(finding) }
            }
        }
    }
}

/// One choice of a pattern: fields that must all match.
private struct AlternativeReading {
    var findings: [FilterFinding] = []
    var isDead = false
    private let number: Int

    init(_ fields: [FilterField], number: Int, in shape: RecordShape) {
        self.number = number
        for field in fields { read(field, shape.places(of: field.path)) }
        if !isDead { readEvents(fields) }
    }

    private mutating func read(_ field: FilterField, _ places: Set<RecordPlace>) {
        let place = field.path.joined(separator: ".")
        for name in Set(field.tests.compactMap(\.operatorWithoutDocumentation)).sorted() {
            add(
                .undocumented,
                .none,
                place,
                "\"\(name)\" is EventBridge's, and Lambda's guide does not list it.",
                "an operator of \"Filter rule syntax\" in the AWS Lambda Developer Guide"
            )
        }
        if field.path.first == "eventSource" {
            add(
                .undocumented,
                .none,
                place,
                "eventSource is the same in every record, and whether Lambda filters by it has changed over time.",
                "no test on eventSource"
            )
        }
        let hasValue = places.contains(where: \.canHaveValue)
        let alive = field.tests.filter { test in places.contains { test.canMatch($0) } }
        let takesAbsence = field.tests.contains(where: \.isAbsence)
        if !hasValue, takesAbsence {
            // An image that the view leaves out is absent, as `exists: false` asks for.
            if !places.contains(where: { if case .missingImage = $0 { true } else { false } }) {
                add(
                    places.contains(.object) || places.contains(.untyped) ? .existsOnObject : .neverMatches,
                    .matchesEverything,
                    place,
                    places.contains(.nowhere) && places.count == 1
                        ? "No record has \(place), so \"exists\": false is true of all of them."
                        : "\"exists\" sees values alone, and \(place) is an object in DynamoDB's JSON: false is true of every record.",
                    Self.typedFix(place)
                )
            }
            return
        }
        let isFieldDead = alive.isEmpty && !takesAbsence
        if isFieldDead { isDead = true }
        for test in field.tests where !test.isAbsence && !places.contains(where: { test.canMatch($0) }) {
            let (kind, reason, fix) = Self.explanation(of: test, at: places, place)
            add(kind, isFieldDead ? .filterDead : .testDead, place, reason, fix)
        }
    }

    /// A REMOVE has no new image and an INSERT no old one.
    private mutating func readEvents(_ fields: [FilterField]) {
        let names = ["INSERT", "MODIFY", "REMOVE"].filter { name in
            fields.filter { $0.path == ["eventName"] }.allSatisfy { field in
                field.tests.contains { $0.matches(text: name) }
            }
        }
        for (image, without) in [("NewImage", "REMOVE"), ("OldImage", "INSERT")] where names == [without] {
            let inImage = fields.first {
                $0.path.starts(with: ["dynamodb", image]) && !$0.tests.contains(where: \.isAbsence)
            }
            guard let inImage else { continue }
            isDead = true
            add(
                .neverMatches,
                .filterDead,
                inImage.path.joined(separator: "."),
                "The filter asks for \(without), and a record of that kind has no \(image).",
                image == "NewImage" ? "OldImage, or another eventName" : "NewImage, or another eventName"
            )
        }
    }

    private mutating func add(
        _ kind: FilterFinding.Kind,
        _ effect: FilterFinding.Effect,
        _ place: String,
        _ reason: String,
        _ fix: String
    ) {
        findings.append(
            FilterFinding(kind: kind, effect: effect, filter: number, place: place, reason: reason, fix: fix)
        )
    }

    private static func explanation(
        of test: ValueTest,
        at places: Set<RecordPlace>,
        _ place: String
    ) -> (FilterFinding.Kind, String, String) {
        for case .missingImage(let image) in places {
            return (
                .withoutImage, "The stream's StreamViewType leaves \(image) out of its records.",
                "StreamViewType: NEW_AND_OLD_IMAGES"
            )
        }
        if places.contains(.text), test.isNumeric {
            return (
                .numericOnString,
                "DynamoDB writes numbers as text, {\"N\":\"42\"}, and a number in a pattern matches numbers only.",
                "the values as text, [\"42\"], or filter in the function with .filtered { … }"
            )
        }
        if places.contains(.object), test.looksAtPresence {
            return (
                .existsOnObject, "\"exists\" sees values alone, and \(place) is an object in DynamoDB's JSON.",
                typedFix(place)
            )
        }
        if places.contains(.untyped) || places.contains(.object) {
            return (
                test.looksAtPresence ? .existsOnObject : .neverMatches,
                "An item's values are below their type, as in {\"status\":{\"S\":\"open\"}}, and \(place) is not below one.",
                typedFix(place)
            )
        }
        for case .oneOf(let values) in places {
            return (.neverMatches, "\(place) is one of \(values.joined(separator: ", ")).", "one of these, spelled so")
        }
        if places.contains(.nowhere) {
            return (
                .neverMatches, "No record of a DynamoDB stream has \(place).",
                "eventName, userIdentity, or dynamodb with NewImage, OldImage or Keys"
            )
        }
        return (.neverMatches, "\(place) has values of another kind.", "a value of the kind that stands there")
    }

    private static func typedFix(_ place: String) -> String {
        "a test below the attribute's type, {\"S\":[{\"exists\":true}]}, where S is the type of the value"
    }
}

extension ValueTest {
    var isAbsence: Bool { if case .absent = self { true } else { false } }

    /// Whether a value of that place can pass the test.
    func canMatch(_ place: RecordPlace) -> Bool {
        switch place {
        case .oneOf(let values): values.contains { matches(text: $0) }
        case .text:
            switch self {
            case .number, .truth, .null, .numeric, .absent: false
            default: true
            }
        case .number:
            switch self {
            case .number, .numeric, .present, .anythingBut: true
            default: false
            }
        case .truth:
            switch self {
            case .truth, .present, .anythingBut: true
            default: false
            }
        case .object, .missingImage, .untyped, .nowhere: false
        }
    }
}
