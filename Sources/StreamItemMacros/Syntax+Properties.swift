// The properties of a type, read from its syntax.

#if Macros
internal import SwiftSyntax
internal import SwiftSyntaxBuilder

extension VariableDeclSyntax {
    /// Neither static nor lazy.
    var isOfInstance: Bool {
        !modifiers.contains { [.keyword(.static), .keyword(.class), .keyword(.lazy)].contains($0.name.tokenKind) }
    }

    /// The bindings with their types: in `let a, b: Int` the last has the type of both.
    var typedBindings: [(binding: PatternBindingSyntax, type: TypeSyntax?)] {
        var type: TypeSyntax?
        return bindings.reversed().map { binding in
            type = binding.typeAnnotation?.type ?? (binding.initializer == nil ? type : nil)
            return (binding, type)
        }.reversed()
    }

    func attribute(named name: String) -> AttributeSyntax? {
        attributes.lazy.compactMap { $0.as(AttributeSyntax.self) }.first { $0.name == name }
    }

    /// The outermost property wrapper. An attribute whose name has a capital is one, unless it is known not to be.
    var propertyWrapper: String? {
        attributes.lazy.compactMap { $0.as(AttributeSyntax.self)?.name }
            .first { $0.first?.isUppercase == true && $0 != "AttributeName" && !$0.hasSuffix("Actor") }
    }
}

extension AttributeSyntax {
    /// The last part of the attribute's name: `Name` of `@Module.Name(…)`.
    fileprivate var name: String {
        if let member = attributeName.as(MemberTypeSyntax.self) { return member.name.text }
        return attributeName.as(IdentifierTypeSyntax.self)?.name.text ?? attributeName.trimmedDescription
    }
}

extension PatternBindingSyntax {
    /// Whether there is storage: no accessors, or observers alone.
    var isStored: Bool {
        switch accessorBlock?.accessors {
        case nil: true
        case .getter: false
        case .accessors(let accessors):
            accessors.allSatisfy {
                [.keyword(.willSet), .keyword(.didSet)].contains($0.accessorSpecifier.tokenKind)
            }
        }
    }
}

extension IfConfigDeclSyntax {
    var hasStoredProperty: Bool {
        clauses.contains { clause in
            guard case .decls(let members) = clause.elements else { return false }
            return members.contains { member in
                guard let variable = member.decl.as(VariableDeclSyntax.self) else { return false }
                return variable.isOfInstance && variable.bindings.contains(where: \.isStored)
            }
        }
    }
}

extension StructDeclSyntax {
    /// As far as its own declaration says.
    var isCodable: Bool {
        let codable: Set = ["Codable", "Decodable", "Encodable"]
        return inheritanceClause?.inheritedTypes.contains { codable.contains($0.type.trimmedDescription) } ?? false
    }
}

extension TypeSyntax {
    var isOptional: Bool {
        self.is(OptionalTypeSyntax.self) || self.as(IdentifierTypeSyntax.self)?.name.text == "Optional"
            || self.as(MemberTypeSyntax.self)?.name.text == "Optional"
    }

    var isSet: Bool {
        self.as(IdentifierTypeSyntax.self)?.name.text == "Set" || self.as(MemberTypeSyntax.self)?.name.text == "Set"
    }
}

extension ExprSyntax {
    /// The type that Swift gives a literal.
    var literalType: TypeSyntax? {
        if self.is(StringLiteralExprSyntax.self) { return "String" }
        if self.is(IntegerLiteralExprSyntax.self) { return "Int" }
        if self.is(FloatLiteralExprSyntax.self) { return "Double" }
        if self.is(BooleanLiteralExprSyntax.self) { return "Bool" }
        if let signed = self.as(PrefixOperatorExprSyntax.self), signed.operator.text == "-" {
            return signed.expression.literalType
        }
        return nil
    }
}
#endif
