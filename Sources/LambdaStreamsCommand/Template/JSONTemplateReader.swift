// Reading a template in JSON: of a name that stands twice the last value counts.

import JSONScanning

struct JSONTemplateReader {
    let value: TemplateValue
    let repeatedNames: [RepeatedName]

    init(_ bytes: [UInt8], maximumDepth: Int) throws(JSONError) {
        let document = try JSONDocument(bytes, limits: JSONLimits(maximumDepth: maximumDepth))
        var lines = LineCounter(bytes)
        var repeated: [RepeatedName] = []
        value = Self.value(document.root, &lines, &repeated)
        repeatedNames = repeated
    }

    private static func value(
        _ node: JSONNode,
        _ lines: inout LineCounter,
        _ repeated: inout [RepeatedName]
    ) -> TemplateValue {
        switch node.kind {
        case .object:
            var members: [TemplateMember] = []
            var places: [String: Int] = [:]
            for member in node.members {
                let name = member.repairedName
                let line = lines.line(of: member.keyOffset)
                let read = TemplateMember(name, value(member.value, &lines, &repeated), line: line)
                if let place = places[name] {
                    repeated.append(RepeatedName(name: name, line: members[place].line))
                    members[place] = read
                } else {
                    places[name] = members.count
                    members.append(read)
                }
            }
            return .object(members)
        case .array: return .list(node.elements.map { value($0, &lines, &repeated) })
        case .string: return .string(String(decoding: node.textBytes ?? [], as: UTF8.self))
        case .number: return .number(node.numberText ?? "0")
        case .bool: return .boolean(node.bool == true)
        default: return .null
        }
    }
}

/// The line of each offset, asked for in rising order.
private struct LineCounter {
    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func line(of target: Int) -> Int {
        while offset < min(target, bytes.count) {
            if bytes[offset] == 0x0A { line += 1 }
            offset += 1
        }
        return line
    }
}
