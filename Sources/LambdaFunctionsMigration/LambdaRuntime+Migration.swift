// The initializers of swift-aws-lambda-runtime 2 and 3. As in version 3, `Logger.current` is the invocation's logger while
// a handler runs.

public import LambdaFunctions
internal import LambdaFunctionsJSON
public import LambdaFunctionsStreaming
public import Logging

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension LambdaRuntime {
    /// A runtime for a handler that responds and continues.
    public init<Handler>(handler adapter: LambdaCodableAdapter<Handler>, logger: Logger? = nil) {
        self.init(continuingAfterResponse: { payload, response, context in
            let event: Handler.Event
            do {
                event = try adapter.decoder.decode(Handler.Event.self, from: Data(payload))
            } catch {
                throw EventDecodingError(underlying: error, eventType: String(describing: Handler.Event.self))
            }
            let writer = JSONResponseWriter<Handler.Output>(response: response, encoder: adapter.encoder)
            try await adapter.handler.handle(event, outputWriter: writer, context: context)
        })
        self = migrated(logger)
    }

    /// A runtime for a handler of decoded events.
    public init<Handler: LambdaHandler>(
        decoder: JSONDecoder = JSONDecoder(),
        encoder: JSONEncoder = JSONEncoder(),
        logger: Logger? = nil,
        lambdaHandler: Handler
    ) where Handler.Output: Encodable & SendableMetatype {
        self.init(
            decoder: decoder,
            encoder: encoder,
            logger: logger,
            body: { (event: Handler.Event, context: LambdaContext) -> Handler.Output in
                try await lambdaHandler.handle(event, context: context)
            }
        )
    }

    /// A runtime for a handler of decoded events without a result.
    public init<Handler: LambdaHandler>(
        decoder: JSONDecoder = JSONDecoder(),
        logger: Logger? = nil,
        lambdaHandler: Handler
    ) where Handler.Output == Void {
        self.init(
            decoder: decoder,
            logger: logger,
            body: { (event: Handler.Event, context: LambdaContext) -> Void in
                try await lambdaHandler.handle(event, context: context)
            }
        )
    }

    /// A runtime for a closure of a decoded event.
    public init<Event: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>(
        decoder: JSONDecoder = JSONDecoder(),
        encoder: JSONEncoder = JSONEncoder(),
        logger: Logger? = nil,
        body: @escaping @Sendable (_ event: Event, _ context: LambdaContext) async throws -> Output
    ) {
        self.init(decoder: decoder, encoder: encoder, body)
        self = migrated(logger)
    }

    /// A runtime for a closure of a decoded event without a result.
    public init<Event: Decodable & SendableMetatype>(
        decoder: JSONDecoder = JSONDecoder(),
        logger: Logger? = nil,
        body: @escaping @Sendable (_ event: Event, _ context: LambdaContext) async throws -> Void
    ) {
        self.init(decoder: decoder, body)
        self = migrated(logger)
    }

    /// A runtime for a handler that streams its response.
    public init(handler: some LambdaFunctionsStreaming.StreamingLambdaHandler, logger: Logger? = nil) {
        self.init(streaming: handler)
        self = migrated(logger)
    }

    private func migrated(_ logger: Logger?) -> LambdaRuntime {
        (logger.map(logging) ?? self).bindingCurrentLogger()
    }
}

private struct JSONResponseWriter<Output: Encodable & SendableMetatype>: LambdaResponseWriter {
    let response: LambdaResponseSender
    let encoder: JSONEncoder

    func write(_ output: Output) async throws {
        try response.send([UInt8](try encoder.encode(output)))
    }
}
