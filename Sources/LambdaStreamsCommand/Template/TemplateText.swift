// Reading YAML or JSON into template values, within bounds.

import Foundation
import JSONScanning
import Yams

struct TemplateText {
    /// CloudFormation's quota for a template in S3 ("AWS CloudFormation quotas").
    static let maximumByteCount = 1 << 20
    static let maximumDepth = 100
    /// More values than a template of the largest size holds; only aliases of aliases make more.
    static let maximumValueCount = 400_000
    /// Names that stand twice; each costs another reading of the file.
    private static let maximumRepeatedNames = 50

    let file: String
    private let text: String
    private var valueCount = 0
    /// Of what was read.
    private(set) var repeatedNames: [RepeatedName] = []

    init(file: String) throws(TemplateError) {
        let data: Data
        do {
            data = try InputFile(file).read(limit: Self.maximumByteCount)
        } catch {
            throw TemplateError(error, file: file)
        }
        try self.init(file: file, bytes: data)
    }

    init(file: String, bytes: some Collection<UInt8>) throws(TemplateError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw .tooLarge(file: file, byteCount: bytes.count, limit: Self.maximumByteCount)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed(file: file, line: 1, reason: "the file is not UTF-8")
        }
        self.file = file
        // A byte order mark, as editors on Windows write it.
        self.text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    /// The one document in the text.
    mutating func value() throws(TemplateError) -> TemplateValue {
        if let json {
            repeatedNames = json.repeatedNames
            return json.value
        }
        try refuseComputedKeys()
        guard let node = try node() else { return .null }
        valueCount = 0
        return try value(node, depth: 0)
    }

    /// JSON is nearly YAML: not its escapes of surrogate pairs.
    private var json: JSONTemplateReader? {
        guard text.utf8.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") else {
            return nil
        }
        return try? JSONTemplateReader(Array(text.utf8), maximumDepth: Self.maximumDepth)
    }

    /// The parser compares the keys of an object with each other, and a key made of aliases of aliases would take it
    /// for ever. No template has such keys.
    private func refuseComputedKeys() throws(TemplateError) {
        let anchor = /(^|[\s\[{,:-])&\w/
        guard text.firstMatch(of: anchor) != nil else { return }
        let computedKey = /(^|[\s\[{,-])\?\s|\*[\w-]+\s*:(\s|$)|[\]}]\s*:(\s|$)/.anchorsMatchLineEndings()
        guard let match = text.firstMatch(of: computedKey) else { return }
        let line = text[..<match.range.lowerBound].utf8.count { $0 == 0x0A } + 1
        throw .tooComplex(file: file, reason: "line \(line) has a key that is not plain text, in a file with anchors")
    }

    // MARK: Names that stand twice

    /// Of a name that stands twice CloudFormation takes the last value, and the YAML parser takes neither. Each but the
    /// last is given this beginning, and is left out.
    private static let repeated = "lambda-streams.repeated."

    private func node() throws(TemplateError) -> Node? {
        var text = text
        for _ in 0...Self.maximumRepeatedNames {
            do {
                return try Yams.compose(yaml: text)
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                guard let renamed = Self.renaming(in: text, at: context.mark) else {
                    throw repeatedName(names, context.mark.line)
                }
                text = renamed
            } catch let error as YamlError {
                throw malformed(error)
            } catch {
                throw .malformed(file: file, line: 1, reason: "\(error)")
            }
        }
        throw .tooComplex(
            file: file,
            reason: "more than \(Self.maximumRepeatedNames) names appear twice in their object"
        )
    }

    private static func renaming(in text: String, at mark: Mark) -> String? {
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        var line = 1
        while line < mark.line {
            guard let end = scalars[index...].firstIndex(of: "\n") else { return nil }
            index = scalars.index(after: end)
            line += 1
        }
        guard let key = scalars.index(index, offsetBy: mark.column - 1, limitedBy: scalars.endIndex) else { return nil }
        return String(scalars[..<key]) + repeated + String(scalars[key...])
    }

    private func repeatedName(_ names: [String], _ line: Int) -> TemplateError {
        .malformed(file: file, line: line, reason: "\(names.joined(separator: ", ")) appears twice in one object")
    }

    // MARK: Values

    private mutating func value(_ node: Node, depth: Int) throws(TemplateError) -> TemplateValue {
        valueCount += 1
        guard valueCount <= Self.maximumValueCount else {
            throw .tooComplex(file: file, reason: "its aliases make more than \(Self.maximumValueCount) values of it")
        }
        guard depth <= Self.maximumDepth else {
            throw .tooComplex(file: file, reason: "it is nested more than \(Self.maximumDepth) levels deep")
        }
        let plain: TemplateValue
        switch node {
        case .scalar(let scalar): plain = self.scalar(scalar.string, tag: node.tag.description)
        case .sequence(let sequence):
            var elements: [TemplateValue] = []
            for element in sequence { elements.append(try value(element, depth: depth + 1)) }
            plain = .list(elements)
        case .mapping(let mapping): plain = .object(try members(of: mapping, depth: depth))
        case .alias: plain = .null
        }
        return longForm(plain, tag: node.tag.description)
    }

    private mutating func members(of mapping: Node.Mapping, depth: Int) throws(TemplateError) -> [TemplateMember] {
        var members: [TemplateMember] = []
        var merged: [TemplateMember] = []
        for (key, node) in mapping {
            let line = key.mark?.line ?? 0
            guard let name = key.scalar?.string else {
                throw .malformed(file: file, line: line, reason: "a name in an object is not plain text")
            }
            if name.hasPrefix(Self.repeated) {
                repeatedNames.append(RepeatedName(name: String(name.trimmingPrefix(Self.repeated)), line: line))
                continue
            }
            let value = try value(node, depth: depth + 1)
            if key.tag.description == "tag:yaml.org,2002:merge" {
                merged += value.members + value.elements.flatMap(\.members)
            } else {
                members.append(TemplateMember(name, value, line: line))
            }
        }
        for member in merged where !members.contains(where: { $0.name == member.name }) { members.append(member) }
        return members
    }

    private func scalar(_ text: String, tag: String) -> TemplateValue {
        switch tag {
        case "tag:yaml.org,2002:null": .null
        case "tag:yaml.org,2002:bool": .boolean(["true", "yes", "on", "y"].contains(text.lowercased()))
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float": .number(Self.decimal(text))
        default: .string(text)
        }
    }

    /// A number of YAML 1.1, which CloudFormation reads ("Template formats"), in decimal digits: `10_000`, `0x10`, `0b11`,
    /// `+5`. What begins with 0 stays as it is written, for it may be an account.
    private static func decimal(_ text: String) -> String {
        let isNegative = text.hasPrefix("-")
        let digits = text.drop { $0 == "+" || $0 == "-" }.filter { $0 != "_" }
        let radix = digits.hasPrefix("0x") ? 16 : digits.hasPrefix("0b") ? 2 : 10
        guard radix == 10 else {
            return Int((isNegative ? "-" : "") + digits.dropFirst(2), radix: radix).map(String.init) ?? text
        }
        return (isNegative ? "-" : "") + digits
    }

    /// `!GetAtt a.b` is `{"Fn::GetAtt": "a.b"}` ("Intrinsic function reference").
    private func longForm(_ value: TemplateValue, tag: String) -> TemplateValue {
        guard tag.hasPrefix("!"), tag.count > 1 else { return value }
        let name = String(tag.dropFirst())
        let isWithoutPrefix = name == "Ref" || name == "Condition" || name.hasPrefix("Fn::")
        return .object([TemplateMember(isWithoutPrefix ? name : "Fn::" + name, value)])
    }

    private func malformed(_ error: YamlError) -> TemplateError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .malformed(file: file, line: mark.line, reason: problem)
        default: .malformed(file: file, line: 1, reason: "the file is neither YAML nor JSON")
        }
    }
}

/// A name whose value is not read, because its object has the name once more behind it.
struct RepeatedName: Equatable, Sendable {
    let name: String
    let line: Int
}

extension TemplateError {
    init(_ error: InputFileError, file: String) {
        switch error {
        case .unreadable(_, let reason): self = .unreadable(file: file, reason: reason)
        case .tooLarge(_, let limit): self = .tooLarge(file: file, byteCount: limit + 1, limit: limit)
        }
    }
}
