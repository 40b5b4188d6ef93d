// How a keyed container finds its members: in linear time altogether, whatever is asked for and in which order.

import JSONScanning

enum KeyedNames {
    /// So few that a walk over all of them is a small constant.
    case few
    case many(JSONMemberIndex)
    /// Under a strategy for keys.
    case converted(ConvertedNames)

    init(
        of map: JSONNode.Place,
        _ names: JSONNames,
        for key: any CodingKey.Type,
        in session: DecodingSession
    ) throws {
        let strategy = session.strategies.keyDecodingStrategy
        if !names.areASCII, key.isOfDictionary { try session.requireDistinctStrings(in: map) }
        if let convert = strategy.conversion, !key.isOfDictionary {
            self = .converted(ConvertedNames(of: map, convert, in: session))
        } else if let index = names.index {
            self = .many(index)
        } else {
            self = .few
        }
    }
}

/// The members of a map by the names that a strategy makes of theirs. Each name is converted once.
final class ConvertedNames {
    let inOrder: [String]
    /// By bytes: two names that Swift takes for equal are two attributes.
    private let places: [ExactText: JSONNode.Place]

    init(of map: JSONNode.Place, _ convert: (String) -> String, in session: DecodingSession) {
        let members = session.node(at: map).members.map { (name: convert($0.repairedName), place: $0.value.place) }
        inOrder = members.map(\.name)
        places = Dictionary(members.map { (ExactText($0.name), $0.place) }, uniquingKeysWith: { first, _ in first })
        session.count(steps: members.count)
    }

    subscript(name: String, in session: DecodingSession) -> JSONNode.Place? {
        session.count(steps: 1)
        return places[ExactText(name)]
    }
}

extension AttributeValueDecoder.KeyStrategy {
    /// From an attribute's name to that of the coding key; nil when they are the same.
    fileprivate var conversion: ((String) -> String)? {
        switch self {
        case .useDefaultKeys: nil
        case .convertFromSnakeCase: { $0.camelCasedFromSnakeCase }
        case .custom(let convert): convert
        }
    }
}

extension CodingKey {
    /// Whether this is the standard library's own key type for dictionaries, whose keys are data and not names of
    /// properties.
    fileprivate static var isOfDictionary: Bool { String(describing: self) == "_DictionaryCodingKey" }
}

extension DecodingSession {
    /// A dictionary holds one of two names that Swift takes for equal; the other attribute would be lost silently.
    func requireDistinctStrings(in map: JSONNode.Place) throws {
        var names: Set<String> = []
        for member in node(at: map).members where !names.insert(member.repairedName).inserted {
            throw corrupted(
                "the name of another attribute is canonically equivalent, so a dictionary cannot hold both; decode Item",
                member.name
            )
        }
    }
}
