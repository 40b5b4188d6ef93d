// What `@StreamItem` writes, as text, and what it says of types it cannot serve.

#if Macros
import StreamItemMacros
import SwiftDiagnostics
import SwiftSyntaxBuilder
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacrosGenericTestSupport
import Testing

@Suite("StreamItem's text")
struct StreamItemExpansionTests {
    private static let macros: [String: MacroSpec] = [
        "StreamItem": MacroSpec(type: StreamItemMacro.self, conformances: ["ItemDecodable", "AttributeDecodable"]),
        "AttributeName": MacroSpec(type: AttributeNameMacro.self),
    ]

    private func expect(
        _ source: String,
        expandsTo expected: String,
        _ diagnostics: [DiagnosticSpec] = [],
        at location: Testing.SourceLocation = #_sourceLocation
    ) {
        assertMacroExpansion(
            source,
            expandedSource: expected,
            diagnostics: diagnostics,
            macroSpecs: Self.macros,
            failureHandler: { Issue.record("\($0.message)", sourceLocation: location) }
        )
    }

    @Test("one line a property, in the struct's order")
    func text() {
        expect(
            """
            @StreamItem
            public struct Order<Value> {
                let id: String
                @AttributeName("t") let total: Value
                var status = "open"
            }
            """,
            expandsTo: """
                public struct Order<Value> {
                    let id: String
                    let total: Value
                    var status = "open"
                }

                extension Order: ItemDecodable where Value: AttributeDecodable {
                    public init(from reader: inout ItemReader) throws {
                        self.id = try reader.read("id")
                        self.total = try reader.read("t")
                        if reader.contains("status") {
                            self.status = try reader.read("status")
                        }
                    }
                }

                extension Order: AttributeDecodable where Value: AttributeDecodable {
                }
                """
        )
    }

    @Test("a struct that is not Decodable becomes so, by its reader")
    func decodable() {
        assertMacroExpansion(
            "@StreamItem\npublic struct Order<Value> {\n    let total: Value\n}",
            expandedSource: """
                public struct Order<Value> {
                    let total: Value
                }

                extension Order: ItemDecodable where Value: AttributeDecodable {
                    public init(from reader: inout ItemReader) throws {
                        self.total = try reader.read("total")
                    }
                }

                extension Order: AttributeDecodable where Value: AttributeDecodable {
                }

                extension Order: Decodable where Value: AttributeDecodable {
                    public init(from decoder: any Decoder) throws {
                        try self.init(itemFrom: decoder)
                    }
                }
                """,
            macroSpecs: [
                "StreamItem": MacroSpec(
                    type: StreamItemMacro.self,
                    conformances: ["ItemDecodable", "AttributeDecodable", "Decodable"]
                )
            ],
            failureHandler: { Issue.record("\($0.message)") }
        )
    }

    @Test(
        "other kinds of types are told what to do instead",
        arguments: [
            ("enum Status {\n}", "an enum with raw values is read if it is Codable"),
            ("final class Order {\n}", "a final class adopts ItemDecodable"),
            ("actor Order {\n}", "give it to the actor"),
        ]
    )
    func otherTypes(declaration: String, advice: String) {
        var messages: [String] = []
        assertMacroExpansion(
            "@StreamItem\n" + declaration,
            expandedSource: declaration,
            diagnostics: [],
            macroSpecs: Self.macros,
            failureHandler: { messages.append($0.message) }
        )
        #expect(messages.contains { $0.contains(advice) }, "\(messages)")
    }

    @Test(
        "what cannot be understood is an error at its place",
        arguments: [
            (
                "var x = make()",
                "write the type of 'x', so that @StreamItem knows whether it may be missing: 'var x: Type = …'"
            ),
            (
                "let (a, b): (Int, Int)",
                "@StreamItem reads one attribute into one property; declare the properties of this pattern one by one"
            ),
            (
                "#if os(Linux)\n    let x: Int\n    #endif",
                "@StreamItem does not see stored properties within #if; declare them outside, or write init(from:) by hand"
            ),
            (
                "typealias CodingKeys = Keys",
                "@StreamItem reads CodingKeys where they are written: nest the enum itself in the struct"
            ),
        ]
    )
    func defects(member: String, message: String) {
        expect(
            "@StreamItem\nstruct Order {\n    \(member)\n}",
            expandsTo: "struct Order {\n    \(member)\n}",
            [
                DiagnosticSpec(
                    message: message,
                    line: 3,
                    column: 5 + (member.hasPrefix("var") || member.hasPrefix("let") ? 4 : 0)
                )
            ]
        )
    }

    @Test(
        "a name is a literal, of one property, said once",
        arguments: [
            (
                #"@AttributeName(name) let x: Int"#,
                "@AttributeName takes a string literal, without interpolation and not empty"
            ),
            (
                #"@AttributeName("") let x: Int"#,
                "@AttributeName takes a string literal, without interpolation and not empty"
            ),
            (
                #"@AttributeName("\(n)") let x: Int"#,
                "@AttributeName takes a string literal, without interpolation and not empty"
            ),
        ]
    )
    func nameDefects(member: String, message: String) {
        expect(
            "@StreamItem\nstruct Order {\n    \(member)\n}",
            expandsTo: "struct Order {\n    let x: Int\n}",
            [DiagnosticSpec(message: message, line: 3, column: 5)]
        )
    }

    @Test("a name on anything but a property is an error")
    func nameWithoutProperty() {
        expect(
            """
            @AttributeName("x")
            func make() {
            }
            """,
            expandsTo: """
                func make() {
                }
                """,
            [DiagnosticSpec(message: "@AttributeName belongs to a stored property", line: 1, column: 1)]
        )
    }

    @Test("CodingKeys and properties must agree")
    func codingKeys() {
        expect(
            """
            @StreamItem
            struct Order {
                let id: String
                let total: Int
                @AttributeName("i") let other: Int
                enum CodingKeys: String, CodingKey {
                    case id, other
                }
            }
            """,
            expandsTo: """
                struct Order {
                    let id: String
                    let total: Int
                    let other: Int
                    enum CodingKeys: String, CodingKey {
                        case id, other
                    }
                }
                """,
            [
                DiagnosticSpec(
                    message: "CodingKeys has no case 'total': add one, or give the property a default",
                    line: 4,
                    column: 9
                ),
                DiagnosticSpec(
                    message: "'other' is named by CodingKeys already; keep one of the two",
                    line: 5,
                    column: 5
                ),
            ]
        )
    }

    @Test("a name that Codable does not know is a warning")
    func codable() {
        expect(
            """
            @StreamItem
            struct Order: Codable {
                @AttributeName("i") let id: Int
            }
            """,
            expandsTo: """
                struct Order: Codable {
                    let id: Int
                }

                extension Order: ItemDecodable {
                    init(from reader: inout ItemReader) throws {
                        self.id = try reader.read("i")
                    }
                }

                extension Order: AttributeDecodable {
                }
                """,
            [
                DiagnosticSpec(
                    message:
                        "Codable does not know @AttributeName; name the attribute in CodingKeys, which @StreamItem follows too",
                    line: 3,
                    column: 5,
                    severity: .warning
                )
            ]
        )
    }
}
#endif
