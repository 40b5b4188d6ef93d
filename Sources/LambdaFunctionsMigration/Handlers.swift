// The handler protocols of swift-aws-lambda-runtime 2 and 3.

public import LambdaFunctions

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A function of a decoded event.
///
/// ```swift
/// import LambdaFunctionsMigration
///
/// struct Greeter: LambdaHandler {
///     func handle(_ event: Request, context: LambdaContext) async throws -> Reply {
///         Reply(greeting: "Hello, \(event.name)")
///     }
/// }
///
/// try await LambdaRuntime(lambdaHandler: Greeter()).run()
/// ```
public protocol LambdaHandler: Sendable {
    /// The type that each event is decoded as.
    associatedtype Event: Decodable & SendableMetatype
    /// An `Encodable` type or `Void`.
    associatedtype Output

    /// Handles one invocation and returns the response.
    ///
    /// - Throws: any error; the invocation fails with it.
    func handle(_ event: Event, context: LambdaContext) async throws -> Output
}

/// A function of a decoded event that responds and continues.
///
/// ```swift
/// import LambdaFunctionsMigration
///
/// struct Greeter: LambdaWithBackgroundProcessingHandler {
///     typealias Event = Request
///     typealias Output = Reply
///
///     func handle(
///         _ event: Request,
///         outputWriter: some LambdaResponseWriter<Reply>,
///         context: LambdaContext
///     ) async throws {
///         try await outputWriter.write(Reply(greeting: "Hello, \(event.name)"))
///         await flush()
///     }
/// }
///
/// try await LambdaRuntime(handler: LambdaCodableAdapter(handler: Greeter())).run()
/// ```
public protocol LambdaWithBackgroundProcessingHandler: Sendable {
    /// The type that each event is decoded as.
    associatedtype Event: Decodable & SendableMetatype
    associatedtype Output: Encodable & SendableMetatype

    /// Handles one invocation: writes the response, then continues.
    ///
    /// - Throws: any error. Before the response, the invocation fails with it; after the response, it is logged.
    func handle(_ event: Event, outputWriter: some LambdaResponseWriter<Output>, context: LambdaContext) async throws
}

/// Takes the one response of an invocation.
///
/// ```swift
/// import LambdaFunctionsMigration
///
/// func greet(_ name: String, _ writer: some LambdaResponseWriter<Reply>) async throws {
///     try await writer.write(Reply(greeting: "Hello, \(name)"))
///     await flush()
/// }
/// ```
public protocol LambdaResponseWriter<Output> {
    associatedtype Output

    /// Sends the response.
    ///
    /// - Throws: if the response cannot be encoded or sent, or was sent before.
    func write(_ output: Output) async throws
}

/// A handler with the coders of its event and its response.
///
/// ```swift
/// import Foundation
/// import LambdaFunctionsMigration
///
/// func run(_ handler: some LambdaWithBackgroundProcessingHandler) async throws {
///     let decoder = JSONDecoder()
///     decoder.dateDecodingStrategy = .iso8601
///     try await LambdaRuntime(handler: LambdaCodableAdapter(decoder: decoder, handler: handler)).run()
/// }
/// ```
public struct LambdaCodableAdapter<Handler: LambdaWithBackgroundProcessingHandler>: Sendable {
    let handler: Handler
    let encoder: JSONEncoder
    let decoder: JSONDecoder

    /// Creates an adapter with the coders of the event and the response.
    public init(encoder: JSONEncoder = JSONEncoder(), decoder: JSONDecoder = JSONDecoder(), handler: Handler) {
        self.handler = handler
        self.encoder = encoder
        self.decoder = decoder
    }
}

/// A handler that returns its response, as one that writes it.
///
/// ```swift
/// import LambdaFunctionsMigration
///
/// struct Greeter: LambdaHandler {
///     func handle(_ event: Request, context: LambdaContext) async throws -> Reply {
///         Reply(greeting: "Hello, \(event.name)")
///     }
/// }
///
/// let adapter = LambdaHandlerAdapter(handler: Greeter())
/// try await LambdaRuntime(handler: LambdaCodableAdapter(handler: adapter)).run()
/// ```
public struct LambdaHandlerAdapter<Handler: LambdaHandler>: LambdaWithBackgroundProcessingHandler
where Handler.Output: Encodable & SendableMetatype {
    /// The type that each event is decoded as.
    public typealias Event = Handler.Event
    public typealias Output = Handler.Output

    let handler: Handler

    /// Creates an adapter of a handler that returns its response.
    public init(handler: Handler) {
        self.handler = handler
    }

    /// Handles one invocation and writes what the handler returns.
    ///
    /// - Throws: what the handler or the writer throws.
    public func handle(
        _ event: Handler.Event,
        outputWriter: some LambdaResponseWriter<Handler.Output>,
        context: LambdaContext
    ) async throws {
        try await outputWriter.write(try await handler.handle(event, context: context))
    }
}
