// A value in a template: what YAML and JSON have in common, in the order written, and what cannot be known here.

/// A value of a CloudFormation or SAM template, or of a mapping document.
///
/// Short intrinsic forms are held in their long form: `!Ref Orders` is the object `{"Ref": "Orders"}`.
indirect enum TemplateValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// A number as it is spelled.
    case number(String)
    case string(String)
    case list([TemplateValue])
    case object([TemplateMember])
    /// What only AWS knows, such as an import from another stack.
    case unknown(UnknownValue)

    subscript(name: String) -> TemplateValue? {
        members.first { $0.name == name }?.value
    }

    var members: [TemplateMember] {
        if case .object(let members) = self { members } else { [] }
    }

    var elements: [TemplateValue] {
        if case .list(let elements) = self { elements } else { [] }
    }

    /// The text of a string, or of a number or boolean as CloudFormation writes it where a string is wanted.
    var text: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        default: nil
        }
    }

    /// The text, with a readable placeholder instead of what is unknown.
    var placeholderText: String? {
        if case .unknown(let value) = self { value.placeholder } else { text }
    }

    /// A boolean, or a string that CloudFormation takes for one.
    var flag: Bool? {
        switch self {
        case .boolean(let value): value
        case .string(let text):
            switch text.lowercased() {
            case "true": true
            case "false": false
            default: nil
            }
        default: nil
        }
    }

    /// A whole number, or a string that CloudFormation takes for one.
    var integer: Int? {
        switch self {
        case .number(let text), .string(let text): Int(text)
        default: nil
        }
    }

    var unknown: UnknownValue? {
        if case .unknown(let value) = self { value } else { nil }
    }

    /// What an error calls this kind of value.
    var kindName: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .object: "an object"
        case .unknown: "a value that is unknown here"
        }
    }
}

struct TemplateMember: Sendable, Equatable {
    let name: String
    var value: TemplateValue
    /// The line of the name in the file, from 1; 0 where it was generated.
    let line: Int

    init(_ name: String, _ value: TemplateValue, line: Int = 0) {
        self.name = name
        self.value = value
        self.line = line
    }
}

struct UnknownValue: Sendable, Equatable {
    /// The value with what is missing spelled as `${Name}`.
    let placeholder: String
    /// Why it is unknown and what would make it known, a clause without a full stop.
    let reason: String
    /// The service that the value's resource belongs to, where the template shows its type.
    var service: String? = nil
    /// Whether it may come to nothing: one side of an `Fn::If` is `AWS::NoValue`.
    var mayBeAbsent = false
    /// Whether it refers to something that the template does not declare, for which CloudFormation refuses the
    /// template.
    var isUndeclared = false
}

extension TemplateValue {
    /// The first unknown value anywhere inside.
    var firstUnknown: UnknownValue? {
        switch self {
        case .unknown(let value): value
        case .list(let elements): elements.lazy.compactMap(\.firstUnknown).first
        case .object(let members): members.lazy.compactMap(\.value.firstUnknown).first
        default: nil
        }
    }

    /// The elements of a list, or the value by itself: many settings take one or several.
    var oneOrMore: [TemplateValue] {
        if case .list(let elements) = self { elements } else { [self] }
    }
}
