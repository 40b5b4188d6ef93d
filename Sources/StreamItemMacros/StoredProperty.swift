// The stored properties of a struct that are read from attributes, and what could not be understood of them.

#if Macros
internal import SwiftParser
internal import SwiftSyntax
internal import SwiftSyntaxBuilder
internal import SwiftSyntaxMacros

/// A property and the attribute it is read from.
struct StoredProperty {
    /// The member that is assigned, backticks included; for a property wrapper its storage.
    let member: String
    let attribute: String
    /// Whether a missing attribute leaves the property at its default.
    let keepsDefault: Bool
    /// The identifiers in its type.
    let typeNames: [String]

    var statement: String {
        let name = StringLiteralExprSyntax(content: attribute).description
        let read = "self.\(member) = try reader.read(\(name))"
        return keepsDefault ? "if reader.contains(\(name)) { \(read) }" : read
    }
}

/// Finds a struct's properties; says what is wrong with them while it goes.
struct PropertyReader<Context: MacroExpansionContext> {
    private let structure: StructDeclSyntax
    private let context: Context
    private(set) var hasErrors = false

    init(_ structure: StructDeclSyntax, _ context: Context) {
        self.structure = structure
        self.context = context
    }

    private mutating func diagnose(_ defect: StreamItemDefect, at node: some SyntaxProtocol) {
        context.diagnose(defect, at: node)
        if !defect.isWarning { hasErrors = true }
    }

    mutating func properties() -> [StoredProperty] {
        let keys = codingKeys()
        var properties: [StoredProperty] = []
        for member in structure.memberBlock.members {
            if let condition = member.decl.as(IfConfigDeclSyntax.self), condition.hasStoredProperty {
                diagnose(.conditionalProperty, at: condition)
            }
            guard let variable = member.decl.as(VariableDeclSyntax.self), variable.isOfInstance else { continue }
            for (binding, type) in variable.typedBindings where binding.isStored {
                if let property = property(binding, type, of: variable, keys) { properties.append(property) }
            }
        }
        return properties
    }

    private mutating func property(
        _ binding: PatternBindingSyntax,
        _ type: TypeSyntax?,
        of variable: VariableDeclSyntax,
        _ keys: CodingKeyNames?
    ) -> StoredProperty? {
        guard let identifier = binding.pattern.as(IdentifierPatternSyntax.self)?.identifier else {
            diagnose(.pattern, at: binding)
            return nil
        }
        let name = identifier.identifier?.name ?? identifier.text
        let isConstant = variable.bindingSpecifier.tokenKind == .keyword(.let)
        if isConstant, binding.initializer != nil { return nil }
        guard let type = type ?? binding.initializer?.value.literalType else {
            diagnose(.noType(name), at: binding)
            return nil
        }
        let wrapper = variable.propertyWrapper
        let isOptional = type.isOptional && wrapper == nil
        let hasDefault = binding.initializer != nil
        guard let attribute = attribute(of: name, variable, keys) else {
            if !hasDefault, isConstant || !isOptional { diagnose(.notInCodingKeys(name), at: binding) }
            return nil
        }
        // A missing attribute is nil and an empty set to `Codable` as well, whatever the default.
        let isSet = wrapper == "AttributeSet" || (wrapper == nil && type.isSet)
        return StoredProperty(
            member: wrapper == nil ? identifier.text : "_\(name)",
            attribute: attribute,
            keepsDefault: hasDefault && !isOptional && !isSet,
            typeNames: names(in: type)
        )
    }

    /// - Returns: nil for a property that `CodingKeys` leaves out.
    private mutating func attribute(of name: String, _ variable: VariableDeclSyntax, _ keys: CodingKeyNames?) -> String?
    {
        guard let node = variable.attribute(named: "AttributeName") else {
            guard let keys else { return name }
            return keys[name]
        }
        if keys?[name] != nil { diagnose(.twoNames(name), at: node) }
        if keys == nil, structure.isCodable { diagnose(.nameUnknownToCodable, at: node) }
        let argument = node.arguments?.as(LabeledExprListSyntax.self)?.first?.expression
        guard let literal = argument?.as(StringLiteralExprSyntax.self)?.representedLiteralValue, !literal.isEmpty else {
            diagnose(.nameIsNoLiteral, at: node)
            return name
        }
        return literal
    }

    private mutating func codingKeys() -> CodingKeyNames? {
        for member in structure.memberBlock.members {
            if let keys = member.decl.as(EnumDeclSyntax.self), keys.name.text == "CodingKeys" {
                return CodingKeyNames(keys)
            }
            if let keys = member.decl.as(TypeAliasDeclSyntax.self), keys.name.text == "CodingKeys" {
                diagnose(.aliasedCodingKeys, at: keys)
            }
        }
        return nil
    }
}

/// The attributes' names by the properties'.
typealias CodingKeyNames = [String: String]

extension CodingKeyNames {
    fileprivate init(_ keys: EnumDeclSyntax) {
        self = [:]
        for member in keys.memberBlock.members {
            for element in member.decl.as(EnumCaseDeclSyntax.self)?.elements ?? [] {
                let name = element.name.identifier?.name ?? element.name.text
                let raw = element.rawValue?.value.as(StringLiteralExprSyntax.self)?.representedLiteralValue
                self[name] = raw ?? name
            }
        }
    }
}
#endif
