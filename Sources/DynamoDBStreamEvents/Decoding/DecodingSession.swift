// One call of a decoder: the strategies, the place it began at, and the reading of values that all containers share.

public import JSONScanning
import Synchronization

/// What one call of a decoder shares: strategies, document, and what was learned of the way through it.
///
/// Values are passed as places, without the reference to the document that a node holds: a decode would otherwise spend
/// more time counting references than reading.
@usableFromInline
final class DecodingSession {
    let strategies: AttributeValueDecoder
    @usableFromInline let document: JSONDocument
    let isPlain: Bool
    private var root: JSONNode.Place
    /// Where the last name was found, for the next one mostly follows it.
    var lastFound: (object: UInt32, cursor: UInt32) = (JSONNode.notIndexed, 0)
    private var paths: DocumentPaths?
    private var steps = 0
    /// The last type that was found to have no special form, here and in any session: to find that out costs as much as
    /// decoding several members.
    private var plainType = DecodingSession.lastPlainType.load(ordering: .relaxed)
    private static let lastPlainType = Atomic<UInt>(0)

    init(_ strategies: AttributeValueDecoder, root: borrowing JSONNode, form: AttributeForm) {
        self.strategies = strategies
        // Paths begin inside the value: its tag is not a step of them.
        self.root = (form == .tagged ? TaggedNode(copy root)?.content.place : nil) ?? root.place
        document = root.document
        isPlain = form == .plain
    }

    /// Goes on with another item of the same document.
    @usableFromInline
    func restart(at item: JSONNode.Place) {
        root = item
        lastFound = (JSONNode.notIndexed, 0)
        paths = nil
    }

    func node(at place: JSONNode.Place) -> JSONNode { JSONNode(place, in: document) }

    /// The members, elements and names that were looked at so far. The tests hold it to the size of the item.
    var work: Int { steps + (paths?.visits ?? 0) }

    func count(steps: Int) { self.steps += steps }

    // MARK: Any type

    /// Whether a type is one of those that are read in their own way is settled before its `init(from:)` is called.
    @usableFromInline
    func decode<Value: Decodable>(_ type: Value.Type, at place: JSONNode.Place, form: AttributeForm) throws -> Value {
        if plainType == UInt(bitPattern: ObjectIdentifier(type)) {
            return try Value(from: AttributeDecoder(self, place, form))
        }
        if let foundation = FoundationType(type) {
            return try foundation.decode(type, at: place, form: form, in: self)
        }
        return try decodeOther(type, at: place, form: form)
    }

    // Apart from the function above: one that has an optional of a generic type looks that type up at each call.
    @inline(never)
    private func decodeOther<Value: Decodable>(
        _ type: Value.Type,
        at place: JSONNode.Place,
        form: AttributeForm
    ) throws -> Value {
        if let special = try decodeSpecially(type, at: place, form: form) { return special }
        plainType = UInt(bitPattern: ObjectIdentifier(type))
        Self.lastPlainType.store(plainType, ordering: .relaxed)
        return try Value(from: AttributeDecoder(self, place, form))
    }

    private func decodeSpecially<Value: Decodable>(
        _ type: Value.Type,
        at place: JSONNode.Place,
        form: AttributeForm
    ) throws -> Value? {
        if type == String.self { return try string(at: place, form: form) as? Value }
        if type == [UInt8].self { return try bytes(at: place, form: form) as? Value }
        if let type = type as? any AttributeDecodable.Type {
            return try type.init(from: AttributeReader(place, form, self)) as? Value
        }
        return nil
    }

    // MARK: Scalars
    //
    // Each first tries the one spelling that DynamoDB writes.

    @usableFromInline
    func isNull(_ place: JSONNode.Place, form: AttributeForm) -> Bool {
        if form == .tagged, document.opensWithOneLetterName(place) { return false }
        return AttributeContent(node(at: place), form: form).kind == .null
    }

    @usableFromInline
    func string(at place: JSONNode.Place, form: AttributeForm) throws -> String {
        if form == .tagged,
            let text = document.withPlainTaggedText(
                at: place,
                tag: UInt8(ascii: "S"),
                { String(wellFormed: $0) }
            )
        {
            return text
        }
        let node = node(at: place)
        let content = AttributeContent(node, form: form)
        guard content.kind == .string, content.node.kind == .string else {
            throw mismatch(String.self, "a string", node, form)
        }
        do {
            return try content.node.string() ?? ""
        } catch {
            throw corrupted("the string has half of a surrogate pair", content.node)
        }
    }

    @usableFromInline
    func bool(at place: JSONNode.Place, form: AttributeForm) throws -> Bool {
        if form == .tagged, let value = document.plainTaggedBool(at: place) { return value }
        let node = node(at: place)
        let content = AttributeContent(node, form: form)
        guard content.kind == .bool, let value = content.node.bool else {
            throw mismatch(Bool.self, "a Boolean", node, form)
        }
        return value
    }

    /// The bytes of a `B`, of a list of numbers, and in plain JSON of a base64 string.
    func bytes(at place: JSONNode.Place, form: AttributeForm) throws -> [UInt8] {
        let node = node(at: place)
        let content = AttributeContent(node, form: form)
        switch content.kind {
        case .binary,
            .string where form == .plain:
            guard let bytes = [UInt8](base64: content.node) else { throw corrupted("the value is not base64", node) }
            return bytes
        case .list, .numberSet:
            guard content.node.kind == .array else { fallthrough }
            let elementForm = content.elementForm(inPlainJSON: isPlain)
            return try content.node.elements.map { try integer(at: $0.place, form: elementForm) }
        default: throw mismatch([UInt8].self, "binary data", node, form)
        }
    }

    // MARK: Members

    /// The member of that name in a map with or without an index. The search begins at `cursor`, which an index does not need.
    @usableFromInline
    func find(
        _ name: SoughtName,
        in map: JSONNode.Place,
        _ index: JSONMemberIndex?,
        from cursor: inout UInt32
    ) -> JSONNode.Place? {
        if let index { return find(named: name.text, in: index) }
        return find(named: name, in: map, from: &cursor)
    }

    /// The member of that name in an object of few. The search begins where the last one ended.
    func find(named name: UnsafeBufferPointer<UInt8>, in object: JSONNode.Place) -> JSONNode.Place? {
        var cursor = lastFound.object == object.tapeIndex ? lastFound.cursor : 0
        guard let place = find(named: SoughtName(name), in: object, from: &cursor) else { return nil }
        lastFound = (object.tapeIndex, cursor)
        return place
    }

    func find(
        named name: SoughtName,
        in object: JSONNode.Place,
        from cursor: inout UInt32
    ) -> JSONNode.Place? {
        // A local variable: `inout` access to a property is checked at run time.
        var passed = 0
        let place = document.member(of: object, named: name, from: &cursor, counting: &passed)
        steps += passed
        return place
    }

    func find(named name: UnsafeBufferPointer<UInt8>, in index: JSONMemberIndex) -> JSONNode.Place? {
        var passed = 0
        let place = index.member(named: name, counting: &passed)
        steps += passed
        return place
    }

    /// A map's place and what is known of its names, none of which comes twice.
    func map(at place: JSONNode.Place, form: AttributeForm) throws -> (place: JSONNode.Place, names: JSONNames) {
        let map = try form == .map && place.isObject ? place : contentOfMap(at: place, form: form)
        let names = document.names(of: map)
        steps += names.index?.steps ?? names.count
        if names.hasRepetition, let twice = node(at: map).firstRepeatedMember(among: names) {
            throw corrupted("the attribute is there twice", twice.name)
        }
        return (map, names)
    }

    private func contentOfMap(at place: JSONNode.Place, form: AttributeForm) throws -> JSONNode.Place {
        let node = node(at: place)
        let content = AttributeContent(node, form: form)
        guard content.kind == .map, content.node.kind == .object else {
            throw mismatch([String: AttributeValue].self, "a map", node, form)
        }
        return content.node.place
    }

    /// A list's or a set's place, and how its elements are written.
    func list(at place: JSONNode.Place, form: AttributeForm) throws -> (place: JSONNode.Place, form: AttributeForm) {
        let node = node(at: place)
        let content = AttributeContent(node, form: form)
        switch content.kind {
        case .list, .stringSet, .numberSet, .binarySet:
            guard content.node.kind == .array else { fallthrough }
        default: throw mismatch([AttributeValue].self, "a list or a set", node, form)
        }
        return (content.node.place, content.elementForm(inPlainJSON: isPlain))
    }

    // MARK: Errors

    func path(to node: JSONNode) -> [any CodingKey] { path(to: node.place) }

    func path(to place: JSONNode.Place) -> [any CodingKey] {
        var paths = self.paths ?? DocumentPaths(from: node(at: root), isTyped: !isPlain)
        self.paths = nil
        defer { self.paths = paths }
        return paths.steps(to: place.offset)
    }

    func mismatch(_ type: Any.Type, _ expected: String, _ node: JSONNode, _ form: AttributeForm) -> DecodingError {
        let content = AttributeContent(node, form: form)
        let found = content.found
        let context = DecodingError.Context(
            codingPath: path(to: content.node),
            debugDescription: "expected \(expected), found \(found)"
        )
        return content.kind == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    func corrupted(_ reason: String, _ node: JSONNode) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path(to: node), debugDescription: reason))
    }
}
