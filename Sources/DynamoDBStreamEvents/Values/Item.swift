// An item, or any map of attributes: a view into an event, or values.

package import JSONScanning

/// A map from attribute names to values.
///
/// An item from an event is a view: attributes are decoded when they are accessed, and it stays valid for as long as
/// it is held. If a name appears twice in a view (DynamoDB never sends that), the first one counts;
/// `StreamRecord.validate()` refuses such a record.
///
/// Names are compared byte by byte, as DynamoDB compares them. `"é"` written as one scalar and `"é"` written as two are
/// two attributes, although Swift's `String` takes them for equal.
///
/// ```swift
/// var item: Item = ["id": "o-1", "total": 12.5, "tags": ["new"]]
/// item["total"] = 14
/// let order = try item.decode(Order.self)
/// ```
public struct Item: Sendable {
    enum Storage: Sendable {
        case view(JSONNode)
        case largeView(LargeView)
        case values([ExactText: AttributeValue])
    }

    var storage: Storage

    /// A view of the object `node`.
    init(_ node: JSONNode) {
        storage = LargeView.suits(node) ? .largeView(LargeView(node)) : .view(node)
    }

    /// A view of an object that came with something other than an event. It must be an object.
    package init(viewOf node: JSONNode) { self.init(node) }

    /// Creates an item of these attributes.
    public init(_ values: [String: AttributeValue] = [:]) { self.init(values.map { ($0.key, $0.value) }) }

    /// If a name appears twice, the last value counts.
    package init(_ attributes: [(String, AttributeValue)]) {
        storage = .values(Dictionary(attributes.map { (ExactText($0.0), $0.1) }, uniquingKeysWith: { $1 }))
    }

    /// The object of the event, for a view.
    package var node: JSONNode? {
        switch storage {
        case .view(let node): node
        case .largeView(let view): view.node
        case .values: nil
        }
    }

    /// The attributes by the bytes of their names, all read.
    var values: [ExactText: AttributeValue] {
        if case .values(let values) = storage { return values }
        let members = node?.members.map { (ExactText($0.repairedName), AttributeValue($0.value)) } ?? []
        return Dictionary(members, uniquingKeysWith: { first, _ in first })
    }

    /// The value of an attribute; nil if there is none. Setting a value copies a view's attributes.
    public subscript(name: String) -> AttributeValue? {
        get {
            switch storage {
            case .view(let node): node.member(named: name).map { AttributeValue($0) }
            case .largeView(let view): view[name].map { AttributeValue($0) }
            case .values(let values): values[ExactText(name)]
            }
        }
        set {
            var values = values
            // Held once, so that the change is made in place.
            storage = .values([:])
            values[ExactText(name)] = newValue
            storage = .values(values)
        }
    }

    public var count: Int {
        switch storage {
        case .view, .largeView: node?.members.reduce(0) { count, _ in count + 1 } ?? 0
        case .values(let values): values.count
        }
    }

    /// Whether the item has no attributes.
    public var isEmpty: Bool {
        switch storage {
        case .view, .largeView: node?.members.isAtEnd ?? true
        case .values(let values): values.isEmpty
        }
    }

    /// The names in their original order, or sorted by their bytes.
    public var names: [String] {
        switch storage {
        case .view, .largeView: node?.members.map(\.repairedName) ?? []
        case .values(let values): values.keys.sorted().map(\.text)
        }
    }
}

extension Item: Sequence {
    public typealias Element = (name: String, value: AttributeValue)

    public struct Iterator: IteratorProtocol {
        fileprivate enum Source {
            case members(JSONMembers)
            case values([ExactText: AttributeValue], names: ArraySlice<ExactText>)
        }

        fileprivate var source: Source

        public mutating func next() -> Element? {
            switch source {
            case .members(var members):
                let member = members.next()
                source = .members(members)
                return member.map { ($0.repairedName, AttributeValue($0.value)) }
            case .values(let values, var names):
                guard let name = names.popFirst(), let value = values[name] else { return nil }
                source = .values(values, names: names)
                return (name.text, value)
            }
        }
    }

    public func makeIterator() -> Iterator {
        if let node { return Iterator(source: .members(node.members)) }
        let values = values
        return Iterator(source: .values(values, names: values.keys.sorted()[...]))
    }
}

extension [String: AttributeValue] {
    /// The attributes of an item, all read.
    ///
    /// A dictionary holds one of two names that Swift's `String` takes for equal: the first one. Iterate over the item
    /// where names may differ only in their Unicode normalization.
    public init(_ item: Item) {
        self.init(item.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}

extension Item: Hashable {
    public static func == (first: Item, second: Item) -> Bool {
        if let first = first.node, let second = second.node, first.jsonText == second.jsonText { return true }
        return first.values == second.values
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(values) }
}

extension Item: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, AttributeValue)...) { self.init(elements) }
}
