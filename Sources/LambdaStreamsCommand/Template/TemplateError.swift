// The problems of a template or of its options, each with what to do next.

enum TemplateError: Error, Equatable {
    case unreadable(file: String, reason: String)
    case tooLarge(file: String, byteCount: Int, limit: Int)
    case malformed(file: String, line: Int, reason: String)
    /// Aliases or nesting make more of the file than any template needs.
    case tooComplex(file: String, reason: String)
    case notATemplate(file: String, found: String)
    case notAMapping(file: String, found: String)
    case unknownParameter(String, known: [String])
    case refusedParameter(String, value: String, allowed: [String])
    case noFunction(file: String)
    case unknownFunction(String, known: [String])
    case severalFunctions([String])
    case unknownEvent(String, function: String, known: [String])
    case noMapping(function: String, otherSources: [String])
    case noStream(file: String)
    case severalMappings(function: String, names: [String])
    /// Settings that must be known are not.
    case unknownSettings([UnknownSetting], mapping: String)
    /// SAM or CloudFormation refuses the mapping.
    case refusedMapping(String, [ShapeProblem])
    /// AWS cannot create the mapping; the sentences are those of `check`.
    case impossibleMapping(String, [String])
}

/// A setting of a mapping that contains a value which is not known here.
struct UnknownSetting: Equatable, Sendable {
    let setting: String
    let value: UnknownValue
}

extension TemplateError: CustomStringConvertible {
    var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
        case .tooLarge(let file, let byteCount, let limit):
            "\(file) has \(byteCount) bytes; CloudFormation takes templates of up to \(limit)."
        case .malformed(let file, let line, let reason): "\(file):\(line): \(reason)"
        case .tooComplex(let file, let reason): "\(file) is refused: \(reason)"
        case .notATemplate(let file, let found):
            "\(file) is not a template: it should be an object with Resources, and is \(found)."
        case .notAMapping(let file, let found):
            "\(file) is not a mapping: it should be an object with BatchSize and the like, and is \(found)."
        case .unknownParameter(let name, let known):
            "The template has no parameter \(name). It has: \(list(known))."
        case .refusedParameter(let name, let value, let allowed):
            "The parameter \(name) may not be \(value). AllowedValues has: \(list(allowed))."
        case .noFunction(let file): "\(file) has no AWS::Serverless::Function and no AWS::Lambda::Function."
        case .unknownFunction(let name, let known): "The template has no function \(name). It has: \(list(known))."
        case .severalFunctions(let names):
            "Several functions of the template read a DynamoDB stream. Choose one with --function: \(list(names))."
        case .unknownEvent(let name, let function, let known):
            "\(function) has no event \(name) of a DynamoDB stream. It has: \(list(known))."
        case .noMapping(let function, let otherSources):
            otherSources.isEmpty
                ? "\(function) reads no DynamoDB stream: give it an event of Type DynamoDB, or an "
                    + "AWS::Lambda::EventSourceMapping."
                : "\(function) reads no DynamoDB stream; its events are of \(list(otherSources))."
        case .noStream(let file): "\(file) has no event source mapping of a DynamoDB stream."
        case .severalMappings(let function, let names):
            "\(function) reads several streams. Choose one with --event: \(list(names))."
        case .unknownSettings(let settings, let mapping):
            settings.map { "\($0.setting) of \(mapping) is \($0.value.placeholder): \($0.value.reason)." }
                .joined(separator: "\n")
        case .impossibleMapping(let mapping, let reasons):
            "\(mapping) cannot be created: \(reasons.joined(separator: " "))"
        case .refusedMapping(let mapping, let problems):
            problems.map { "\(mapping) is refused: \($0.description)" }.joined(separator: "\n")
        }
    }

    private func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}
