// The problems of a type that carries `@StreamItem`, each with what to do.

#if Macros
internal import SwiftDiagnostics
internal import SwiftSyntax
internal import SwiftSyntaxMacros

enum StreamItemDefect {
    case notAStruct(any DeclGroupSyntax)
    case noType(String)
    case pattern
    case conditionalProperty
    case notInCodingKeys(String)
    case aliasedCodingKeys
    case twoNames(String)
    case nameIsNoLiteral
    case nameUnknownToCodable
    case nameWithoutProperty
}

extension StreamItemDefect: DiagnosticMessage {
    var isWarning: Bool { severity == .warning }

    var severity: DiagnosticSeverity {
        if case .nameUnknownToCodable = self { .warning } else { .error }
    }

    var diagnosticID: MessageID { MessageID(domain: "StreamItem", id: "\(self)") }

    var message: String {
        switch self {
        case .notAStruct(let declaration):
            "@StreamItem reads the stored properties of a struct; \(declaration.advice)"
        case .noType(let name):
            "write the type of '\(name)', so that @StreamItem knows whether it may be missing: 'var \(name): Type = …'"
        case .pattern:
            "@StreamItem reads one attribute into one property; declare the properties of this pattern one by one"
        case .conditionalProperty:
            "@StreamItem does not see stored properties within #if; declare them outside, or write init(from:) by hand"
        case .notInCodingKeys(let name):
            "CodingKeys has no case '\(name)': add one, or give the property a default"
        case .aliasedCodingKeys:
            "@StreamItem reads CodingKeys where they are written: nest the enum itself in the struct"
        case .twoNames(let name):
            "'\(name)' is named by CodingKeys already; keep one of the two"
        case .nameIsNoLiteral:
            "@AttributeName takes a string literal, without interpolation and not empty"
        case .nameUnknownToCodable:
            "Codable does not know @AttributeName; name the attribute in CodingKeys, which @StreamItem follows too"
        case .nameWithoutProperty:
            "@AttributeName belongs to a stored property"
        }
    }
}

extension DeclGroupSyntax {
    fileprivate var advice: String {
        switch kind {
        case .enumDecl: "an enum with raw values is read if it is Codable, any other adopts AttributeValueConvertible"
        case .classDecl: "a final class adopts ItemDecodable with an init(from reader: inout ItemReader) of its own"
        case .actorDecl: "read a struct and give it to the actor"
        default: "attach it to the struct's own declaration"
        }
    }
}

extension MacroExpansionContext {
    func diagnose(_ defect: StreamItemDefect, at node: some SyntaxProtocol) {
        diagnose(Diagnostic(node: node, message: defect))
    }
}
#endif
