// `@StreamItem`: an extension with the initializer that reads a struct's stored properties one after the other.

#if Macros
public import SwiftSyntax
internal import SwiftSyntaxBuilder
public import SwiftSyntaxMacros

public struct StreamItemMacro: ExtensionMacro {
    public static func expansion(
        of node: AttributeSyntax,
        attachedTo declaration: some DeclGroupSyntax,
        providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard let structure = declaration.as(StructDeclSyntax.self) else {
            context.diagnose(.notAStruct(declaration), at: node)
            return []
        }
        var reader = PropertyReader(structure, context)
        let properties = reader.properties()
        guard !reader.hasErrors else { return [] }
        let constraints = constraints(of: structure, reading: properties)
        let stated = Set(protocols.map(\.trimmedDescription))
        let conformance = stated.contains("ItemDecodable") ? ": ItemDecodable" : ""
        let reading: DeclSyntax = """
            extension \(type.trimmed)\(raw: conformance)\(raw: constraints) {
                \(raw: access(of: structure))init(from reader: inout ItemReader) throws {
            \(raw: properties.map(\.statement).map { "        \($0)" }.joined(separator: "\n"))
                }
            }
            """
        var extensions = [reading]
        // A conformance with conditions does not imply the one that it inherits.
        if stated.contains("AttributeDecodable") {
            extensions.append("extension \(type.trimmed): AttributeDecodable\(raw: constraints) {}")
        }
        // A struct that is not Codable by itself can still be a member of types that are.
        if stated.contains("Decodable") {
            extensions.append(
                """
                extension \(type.trimmed): Decodable\(raw: constraints) {
                    \(raw: access(of: structure))init(from decoder: any Decoder) throws {
                        try self.init(itemFrom: decoder)
                    }
                }
                """
            )
        }
        return extensions.compactMap { $0.as(ExtensionDeclSyntax.self) }
    }

    /// The initializer is as accessible as its struct, as a protocol's witness must be.
    private static func access(of structure: StructDeclSyntax) -> String {
        for modifier in structure.modifiers {
            switch modifier.name.tokenKind {
            case .keyword(.public): return "public "
            case .keyword(.package): return "package "
            default: continue
            }
        }
        return ""
    }

    /// Generic parameters that are read must be readable; those that say `Decodable` themselves are.
    private static func constraints(of structure: StructDeclSyntax, reading properties: [StoredProperty]) -> String {
        let parameters = structure.genericParameterClause?.parameters ?? []
        let used = Set(properties.flatMap(\.typeNames))
        let needed = parameters.filter { used.contains($0.name.text) && !isReadable($0, in: structure) }
        guard !needed.isEmpty else { return "" }
        return " where " + needed.map { "\($0.name.text): AttributeDecodable" }.joined(separator: ", ")
    }

    private static func isReadable(_ parameter: GenericParameterSyntax, in structure: StructDeclSyntax) -> Bool {
        var stated = parameter.inheritedType.map { Set(names(in: $0)) } ?? []
        for requirement in structure.genericWhereClause?.requirements ?? [] {
            guard let conformance = requirement.requirement.as(ConformanceRequirementSyntax.self),
                conformance.leftType.trimmedDescription == parameter.name.text
            else { continue }
            stated.formUnion(names(in: conformance.rightType))
        }
        return !stated.isDisjoint(with: [
            "Codable", "Decodable", "AttributeDecodable", "ItemDecodable", "AttributeValueConvertible",
        ])
    }
}

/// Names an attribute; ``StreamItemMacro`` reads it, by itself it adds nothing.
public struct AttributeNameMacro: PeerMacro {
    public static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        if declaration.as(VariableDeclSyntax.self) == nil {
            context.diagnose(.nameWithoutProperty, at: node)
        }
        return []
    }
}

/// The identifiers in a piece of syntax.
func names(in syntax: some SyntaxProtocol) -> [String] {
    syntax.tokens(viewMode: .sourceAccurate).compactMap { token in
        if case .identifier(let name) = token.tokenKind { name } else { nil }
    }
}
#endif
