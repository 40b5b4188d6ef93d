// An item, or any map of attributes: a view into an event, or values of one's own.

package import JSONScanning

/// A map from attribute names to values.
///
/// An item that came with an event is a view: nothing is read before it is asked for, and it stays valid for as long as
/// it is held. Should a name come twice in a view (DynamoDB never sends that), the first one counts;
/// `StreamRecord.validate()` refuses such a record.
public struct Item: Sendable {
    enum Storage: Sendable {
        case view(JSONNode)
        case values([String: AttributeValue])
    }

    var storage: Storage

    /// A view of the object `node`.
    init(_ node: JSONNode) { storage = .view(node) }

    /// A view of an object that came with something other than an event. It must be an object.
    package init(viewOf node: JSONNode) { self.init(node) }

    public init(_ values: [String: AttributeValue] = [:]) { storage = .values(values) }

    /// Of a name that comes twice, the last value counts.
    init(_ attributes: [(String, AttributeValue)]) {
        storage = .values(Dictionary(attributes, uniquingKeysWith: { $1 }))
    }

    /// The value of an attribute, nil when there is none. Setting a value makes a view into values of its own.
    public subscript(name: String) -> AttributeValue? {
        get {
            switch storage {
            case .view(let node): node.member(named: name).map { AttributeValue($0) }
            case .values(let values): values[name]
            }
        }
        set {
            var values = Dictionary(self)
            values[name] = newValue
            storage = .values(values)
        }
    }

    public var count: Int {
        switch storage {
        case .view(let node): node.members.reduce(0) { count, _ in count + 1 }
        case .values(let values): values.count
        }
    }

    public var isEmpty: Bool {
        switch storage {
        case .view(let node): node.members.isAtEnd
        case .values(let values): values.isEmpty
        }
    }

    /// The names in the order they came, or sorted.
    public var names: [String] {
        switch storage {
        case .view(let node): node.members.map(\.repairedName)
        case .values(let values): values.keys.sorted()
        }
    }
}

extension Item: Sequence {
    public typealias Element = (name: String, value: AttributeValue)

    public struct Iterator: IteratorProtocol {
        fileprivate enum Source {
            case members(JSONMembers)
            case values([String: AttributeValue], names: ArraySlice<String>)
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
                return (name, value)
            }
        }
    }

    public func makeIterator() -> Iterator {
        switch storage {
        case .view(let node): Iterator(source: .members(node.members))
        case .values(let values): Iterator(source: .values(values, names: names[...]))
        }
    }
}

extension [String: AttributeValue] {
    /// The attributes of an item, all read.
    public init(_ item: Item) {
        switch item.storage {
        case .view(let node):
            self.init(
                node.members.map { ($0.repairedName, AttributeValue($0.value)) },
                uniquingKeysWith: { first, _ in first }
            )
        case .values(let values): self = values
        }
    }
}

extension Item: Hashable {
    public static func == (first: Item, second: Item) -> Bool {
        if case (.view(let first), .view(let second)) = (first.storage, second.storage),
            first.jsonText == second.jsonText
        {
            return true
        }
        return Dictionary(first) == Dictionary(second)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(Dictionary(self)) }
}

extension Item: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, AttributeValue)...) { self.init(elements) }
}

extension Item {
    /// The item in DynamoDB's typed JSON: byte for byte as it came when it is a view, else with its names sorted.
    public var json: [UInt8] {
        var json: [UInt8] = []
        append(to: &json)
        return json
    }

    func append(to json: inout [UInt8]) {
        switch storage {
        case .view(let node): json.append(contentsOf: node.jsonText)
        case .values:
            json.appendJSON("{")
            for (position, attribute) in enumerated() {
                if position > 0 { json.appendJSON(",") }
                json.appendJSONString(attribute.name)
                json.appendJSON(":")
                attribute.value.append(to: &json)
            }
            json.appendJSON("}")
        }
    }
}
