// Reading YAML or JSON into template values, within bounds.

import Foundation
import Yams

struct TemplateText {
    /// CloudFormation's quota for a template in S3 ("AWS CloudFormation quotas").
    static let maximumByteCount = 1 << 20
    static let maximumDepth = 100
    /// More values than a template of the largest size holds; only aliases of aliases make more.
    static let maximumValueCount = 400_000

    let file: String
    private let text: String
    private var valueCount = 0

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
        self.text = text
    }

    /// The one document in the text.
    mutating func value() throws(TemplateError) -> TemplateValue {
        try refuseComputedKeys()
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw malformed(error)
        } catch {
            throw .malformed(file: file, line: 1, reason: "\(error)")
        }
        guard let node else { return .null }
        valueCount = 0
        return try value(node, depth: 0)
    }

    /// The parser compares the keys of an object with each other, and a key made of aliases of aliases would take it for
    /// ever. No template has such keys.
    private func refuseComputedKeys() throws(TemplateError) {
        let anchor = /(^|[\s\[{,:-])&\w/
        guard text.firstMatch(of: anchor) != nil else { return }
        let computedKey = /(^|[\s\[{,-])\?\s|\*[\w-]+\s*:(\s|$)|[\]}]\s*:(\s|$)/.anchorsMatchLineEndings()
        guard let match = text.firstMatch(of: computedKey) else { return }
        let line = text[..<match.range.lowerBound].utf8.count { $0 == 0x0A } + 1
        throw .tooComplex(file: file, reason: "line \(line) has a key that is not plain text, in a file with anchors")
    }

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
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float": .number(text)
        default: .string(text)
        }
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
        case .duplicatedKeysInMapping(let duplicates, let context):
            .malformed(
                file: file,
                line: context.mark.line,
                reason: "\(duplicates.joined(separator: ", ")) is there twice in one object"
            )
        default: .malformed(file: file, line: 1, reason: "the file is neither YAML nor JSON")
        }
    }
}

extension TemplateError {
    init(_ error: InputFileError, file: String) {
        switch error {
        case .unreadable(_, let reason): self = .unreadable(file: file, reason: reason)
        case .tooLarge(_, let limit): self = .tooLarge(file: file, byteCount: limit + 1, limit: limit)
        }
    }
}
