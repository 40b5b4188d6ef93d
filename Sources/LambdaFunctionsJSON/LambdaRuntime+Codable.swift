// Functions of Codable values: any JSON event in, any Encodable out, through FoundationEssentials' JSON coders.

@_exported public import LambdaFunctions

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension LambdaRuntime {
    /// A runtime for a function of a decoded event.
    ///
    /// ```swift
    /// struct Request: Codable { let name: String }
    /// struct Reply: Codable { let greeting: String }
    ///
    /// try await LambdaRuntime { (request: Request, context: LambdaContext) in
    ///     Reply(greeting: "Hello, \(request.name)")
    /// }.run()
    /// ```
    ///
    /// - Parameters:
    ///   - decoder: reads the event; one that cannot be decoded fails its invocation, with the path in the message.
    ///   - encoder: writes the response.
    ///   - body: handles one event and returns the response.
    public init<Event: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>(
        decoder: JSONDecoder = JSONDecoder(),
        encoder: JSONEncoder = JSONEncoder(),
        _ body: @escaping @Sendable (_ event: Event, _ context: LambdaContext) async throws -> Output
    ) {
        self.init(CodableHandler(decoder: decoder, encoder: encoder, body: body))
    }

    /// A runtime for a function of a decoded event without a result; the caller sees `null`.
    public init<Event: Decodable & SendableMetatype>(
        decoder: JSONDecoder = JSONDecoder(),
        _ body: @escaping @Sendable (_ event: Event, _ context: LambdaContext) async throws -> Void
    ) {
        self.init(decoder: decoder) { (event: Event, context: LambdaContext) -> Null in
            try await body(event, context)
            return Null()
        }
    }

    /// A runtime for a function of a decoded event that receives what the init phase made.
    public init<State: Sendable, Event: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>(
        decoder: JSONDecoder = JSONDecoder(),
        encoder: JSONEncoder = JSONEncoder(),
        initializing makeState: @escaping @Sendable () async throws -> State,
        _ body: @escaping @Sendable (_ event: Event, _ context: LambdaContext, _ state: State) async throws -> Output
    ) {
        self.init(initializing: {
            let state = try await makeState()
            return CodableHandler(decoder: decoder, encoder: encoder) { (event: Event, context: LambdaContext) in
                try await body(event, context, state)
            }
        })
    }

    /// A runtime for a function of a decoded event without a result that receives what the init phase made.
    public init<State: Sendable, Event: Decodable & SendableMetatype>(
        decoder: JSONDecoder = JSONDecoder(),
        initializing makeState: @escaping @Sendable () async throws -> State,
        _ body: @escaping @Sendable (_ event: Event, _ context: LambdaContext, _ state: State) async throws -> Void
    ) {
        self.init(decoder: decoder, initializing: makeState) {
            (event: Event, context: LambdaContext, state: State) -> Null in
            try await body(event, context, state)
            return Null()
        }
    }

    /// A runtime for a handler type of decoded events.
    public init<Handler: CodableLambdaHandler>(
        decoder: JSONDecoder = JSONDecoder(),
        encoder: JSONEncoder = JSONEncoder(),
        _ handler: Handler
    ) {
        self.init(CodableHandler(decoder: decoder, encoder: encoder, body: handler.handle))
    }

    /// A runtime whose handler of decoded events is made during Lambda's init phase.
    public init<Handler: CodableLambdaHandler>(
        decoder: JSONDecoder = JSONDecoder(),
        encoder: JSONEncoder = JSONEncoder(),
        initializing makeHandler: @escaping @Sendable () async throws -> Handler
    ) {
        self.init(initializing: {
            CodableHandler(decoder: decoder, encoder: encoder, body: try await makeHandler().handle)
        })
    }
}

extension LambdaResponseSender {
    /// Sends a value as JSON.
    ///
    /// - Throws: the encoder's error, after which another response may be sent; or what `send(_:)` of bytes throws.
    public func send(_ value: some Encodable, encoder: JSONEncoder = JSONEncoder()) throws {
        try send([UInt8](try encoder.encode(value)))
    }
}

/// A function of a decoded event, as a type.
///
/// ```swift
/// struct Request: Codable, Sendable { let name: String }
/// struct Reply: Codable, Sendable { let greeting: String }
///
/// struct Greeter: CodableLambdaHandler {
///     func handle(_ request: Request, context: LambdaContext) async throws -> Reply {
///         Reply(greeting: "Hello, \(request.name)")
///     }
/// }
/// ```
public protocol CodableLambdaHandler: Sendable {
    /// The type that each event is decoded as.
    associatedtype Event: Decodable & SendableMetatype
    associatedtype Output: Encodable & SendableMetatype

    /// Handles one event; an error thrown fails the invocation, and the process continues with the next one.
    ///
    /// - Throws: any error; the invocation fails with it, and the process continues.
    func handle(_ event: Event, context: LambdaContext) async throws -> Output
}

/// An event that could not be decoded into the type that the function takes.
public struct EventDecodingError: LambdaErrorConvertible, ContentFreeError, CustomStringConvertible {
    /// The error of the decoder.
    public let underlying: any Error
    /// The type that the function takes.
    public let eventType: String

    package init(underlying: any Error, eventType: String) {
        self.underlying = underlying
        self.eventType = eventType
    }

    public var description: String {
        guard let error = underlying as? DecodingError else { return "the event is not a \(eventType): \(underlying)" }
        let (context, what) = error.details
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return "the event is not a \(eventType): \(path.isEmpty ? "at its top" : "at \(path)"): \(what)"
    }

    /// Where and what was wrong, without what was found there.
    public var contentFreeDescription: String {
        let detail = (underlying as? DecodingError).map { ": " + $0.placeAndKind.text } ?? ""
        return "the event is not a \(eventType)" + detail
    }
}

private struct CodableHandler<Event: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>: LambdaHandler
{
    let decoder: JSONDecoder
    let encoder: JSONEncoder
    let body: @Sendable (Event, LambdaContext) async throws -> Output

    func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
        let event: Event
        do {
            event = try decoder.decode(Event.self, from: Data(payload))
        } catch {
            throw EventDecodingError(underlying: error, eventType: String(describing: Event.self))
        }
        let output = try await body(event, context)
        return LambdaResponse(body: [UInt8](try encoder.encode(output)))
    }
}

/// Encodes as `null`.
private struct Null: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encodeNil()
    }
}

extension DecodingError {
    fileprivate var details: (context: Context, what: String) {
        switch self {
        case .keyNotFound(let key, let context): (context, "\"\(key.stringValue)\" is missing")
        case .typeMismatch(let type, let context): (context, "expected \(type): \(context.debugDescription)")
        case .valueNotFound(let type, let context): (context, "expected \(type), found null")
        case .dataCorrupted(let context): (context, context.debugDescription)
        @unknown default: (Context(codingPath: [], debugDescription: ""), String(describing: self))
        }
    }
}
