// The user's item: a file or text, in plain JSON or DynamoDB's JSON.

import DynamoDBStreamEvents
import Foundation
import JSONScanning

struct ItemText {
    /// The most bytes of an item's JSON. DynamoDB accepts items of up to 400 KB, whose JSON is longer.
    private static let maximumSize = 4 * 1024 * 1024

    private let text: String

    init(_ text: String) { self.text = text }

    func item() throws -> Item {
        let isText = text.drop { $0.isWhitespace }.hasPrefix("{")
        let bytes = isText ? Array(text.utf8) : Array(try InputFile(text).read(limit: Self.maximumSize))
        let name = isText ? "the item" : InputFile(text).name
        let root: JSONNode
        do {
            root = try JSONDocument(bytes).root
        } catch {
            throw ItemTextError.malformed(name: name, reason: "\(error)")
        }
        guard root.kind == .object else { throw ItemTextError.noObject(name: name) }
        if let place = Self.halfPair(in: root) { throw ItemTextError.halfPair(name: name, place: place) }
        if let attribute = Self.repeatedName(in: root) {
            throw ItemTextError.repeatedName(name: name, attribute: attribute)
        }
        let item = Self.isTyped(root) ? Item(viewOf: root) : try Self.item(of: root, name)
        if let problem = ItemProblem.first(in: item) { throw ItemTextError.notStored(name: name, problem: problem) }
        return item
    }

    /// A name that appears twice in one object. The scanner limits the depth.
    private static func repeatedName(in node: JSONNode) -> String? {
        switch node.kind {
        case .array: node.elements.lazy.compactMap { repeatedName(in: $0) }.first
        case .object:
            node.firstRepeatedMember?.repairedName ?? node.members.lazy.compactMap { repeatedName(in: $0.value) }.first
        default: nil
        }
    }

    /// The place of a text or a name with half of a surrogate pair, which is not valid in UTF-8. The depth is bounded
    /// by the scanner's limit.
    private static func halfPair(in node: JSONNode) -> String? {
        switch node.kind {
        case .string: return isText(node) ? nil : "a text"
        case .array: return node.elements.lazy.compactMap { halfPair(in: $0) }.first
        case .object:
            for member in node.members {
                if !isText(member.name) { return "a name" }
                if let inner = halfPair(in: member.value) {
                    return inner.hasPrefix("a ")
                        ? "\(inner == "a name" ? "a name in" : "the text of") \(member.repairedName)" : inner
                }
            }
            return nil
        default: return nil
        }
    }

    private static func isText(_ node: JSONNode) -> Bool {
        (try? node.string()) != nil
    }

    /// DynamoDB's own JSON has an object of one type tag instead of each value.
    private static func isTyped(_ object: JSONNode) -> Bool {
        let tags: Set<String> = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"]
        return !object.members.isAtEnd
            && object.members.allSatisfy { member in
                guard let value = member.value.singleMember else { return false }
                return tags.contains(value.repairedName)
            }
    }

    /// Names are compared byte by byte, as in DynamoDB, and not as keys of a dictionary of `String`.
    private static func item(of object: JSONNode, _ name: String) throws -> Item {
        Item(try object.members.map { ($0.repairedName, try value($0.value, name)) })
    }

    private static func value(_ node: JSONNode, _ name: String) throws -> AttributeValue {
        switch node.kind {
        case .null: return .null
        case .bool: return .bool(node.bool ?? false)
        case .string: return .string(try node.string() ?? "")
        case .array: return .list(try node.elements.map { try value($0, name) })
        case .object: return .map(try item(of: node, name))
        case .number:
            let text = node.numberText ?? ""
            guard let number = AttributeNumber(text) else { throw ItemTextError.number(name: name, text: text) }
            return .number(number)
        }
    }
}

enum ItemTextError: UserFacingError, Equatable {
    case malformed(name: String, reason: String)
    case noObject(name: String)
    case number(name: String, text: String)
    case halfPair(name: String, place: String)
    case repeatedName(name: String, attribute: String)
    case notStored(name: String, problem: String)

    var description: String {
        switch self {
        case .malformed(let name, let reason): "\(name) is not JSON: \(reason)."
        case .noObject(let name): #"\#(name) is not a JSON object. Write it as {"id":"o-1"} or as {"id":{"S":"o-1"}}."#
        case .number(let name, let text): "\(name) has the number \(text), which DynamoDB does not take."
        case .halfPair(let name, let place):
            "\(name) cannot be written: \(place) has half of a surrogate pair (such as \\ud83d), which is not Unicode text."
        case .repeatedName(let name, let attribute):
            "\(name) has \(attribute.printable) twice; DynamoDB has one value of each name."
        case .notStored(let name, let problem): "\(name) cannot be in a table: \(problem)."
        }
    }
}
