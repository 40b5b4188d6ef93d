// The macro that writes `ItemDecodable`, there when the package's trait `Macros` is on.

#if Macros
/// Writes the ``ItemDecodable`` conformance of a struct from its stored properties.
///
/// ```swift
/// // needs the trait Macros
/// @StreamItem
/// struct Order {
///     let id: String
///     @AttributeName("total_cents") let total: Int
///     let note: String?
///     var status = "open"
/// }
/// ```
///
/// What it reads is what the struct's synthesized `Codable` conformance reads from the same item, several times faster:
/// every stored property, by the name that a nested `CodingKeys` gives it, or its own; an optional one may be missing or
/// `NULL`; one that `CodingKeys` leaves out keeps its default. Only where `Codable` fails it goes on: an attribute that
/// is missing leaves a property with a default at that default. Computed, static and lazy properties and constants with
/// a value are left alone. Properties are read through their property wrappers.
///
/// A generic parameter in the type of a stored property must be ``AttributeDecodable``; the conformance then depends on
/// it. State `Codable` or `Decodable` for it in the struct to have it otherwise.
///
/// A struct that is not `Codable` is made `Decodable`, so it can be a member of `Codable` types and is accepted wherever
/// they are; decoders of other packages must then have DynamoDB's typed JSON. In one that is `Codable`, this package's
/// decoder uses what the macro wrote and other decoders what the compiler wrote. In a struct within a function it cannot be
/// used, for Swift has no extensions there.
///
/// The macro needs the trait `Macros` of this package: `.package(url: …, from: …, traits: ["Macros"])`. With it the first
/// build takes one to six minutes longer, for swift-syntax is fetched and built on the compiler's host; nothing of that
/// is in the function.
///
/// A `public` struct, in a target with the upcoming feature `InternalImportsByDefault`, needs `public import` of the
/// module that this comes from, as one with an initializer written by hand does.
@attached(extension, conformances: ItemDecodable, AttributeDecodable, Decodable, names: named(init(from:)))
public macro StreamItem() = #externalMacro(module: "StreamItemMacros", type: "StreamItemMacro")

/// Names the attribute that a property of a ``StreamItem()`` is read from.
///
/// `Codable` does not know it: a struct that is also encoded names its attributes by `CodingKeys`, which the macro
/// follows too.
@attached(peer)
public macro AttributeName(_ name: StaticString) =
    #externalMacro(module: "StreamItemMacros", type: "AttributeNameMacro")
#else

// Stand-ins, so that the compiler names the trait instead of an unknown attribute. A macro without its plugin would be a
// warning in every build; an attribute may also be a global actor or a property wrapper.

@available(*, unavailable, message: "enable this package's trait Macros: .package(url: …, traits: [\"Macros\"])")
@globalActor
public actor StreamItem {
    public static let shared = StreamItem()
}

@available(*, unavailable, message: "enable this package's trait Macros: .package(url: …, traits: [\"Macros\"])")
@propertyWrapper
public struct AttributeName<Value> {
    public var wrappedValue: Value

    public init(wrappedValue: Value, _ name: StaticString) {
        self.wrappedValue = wrappedValue
    }
}
#endif
