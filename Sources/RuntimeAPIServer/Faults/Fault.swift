// A fault of one exchange of the Runtime API.

/// What goes wrong, and whether the Runtime API has processed the request before.
///
/// ```swift
/// server.faults = FaultScript { exchange in
///     exchange.kind == .response ? Fault(.close, .afterProcessing) : nil
/// }
/// ```
public struct Fault: Sendable, Hashable {
    /// What happens to the exchange.
    public var effect: Effect
    /// Whether it happens before or after the Runtime API has processed the request.
    public var moment: Moment

    /// Creates a fault, by default one before the Runtime API processes the request.
    public init(_ effect: Effect, _ moment: Moment = .beforeProcessing) {
        self.effect = effect
        self.moment = moment
    }

    /// When it goes wrong.
    public enum Moment: Sendable, Hashable {
        /// The Runtime API never sees the request.
        case beforeProcessing
        /// The Runtime API has processed the request; the reply is affected.
        case afterProcessing
    }

    /// What goes wrong. Unless it says otherwise, the connection ends with it.
    public enum Effect: Sendable, Hashable {
        /// The connection is reset, and new ones are refused for this long.
        case refuse(Duration)
        /// The connection is closed without a reply.
        case close
        /// The connection is reset at that place of the reply.
        case reset(Place)
        /// The connection is closed at that place of the reply.
        case truncate(Place)
        /// The request or the reply is delayed by this time. The connection stays.
        case delay(Duration)
        /// The reply is sent twice. The connection stays.
        case duplicate
        /// This status with an error document. The connection stays.
        case status(Int)
        /// This many zero bytes, with a matching length, instead of the reply's body.
        case oversized(byteCount: Int)
        /// These headers replace the reply's headers of the same name; nil removes one. The connection stays.
        case headers([String: String?])
        /// A malformed line among the reply's headers. The connection stays.
        case malformedHeader(String)
        /// These bytes instead of the reply.
        case garbage([UInt8])
        /// The correct reply, after which the idle connection is closed without notice.
        case closeWhenIdle
    }

    /// A place in a reply.
    public enum Place: Sendable, Hashable {
        /// Before the first byte.
        case beforeHead
        /// Within the status line or the headers.
        case withinHead
        /// Between the headers and the body.
        case afterHead
        /// Within the body.
        case withinBody
    }
}

/// A request as a fault script sees it.
///
/// ```swift
/// server.faults = FaultScript { exchange in
///     exchange.kind == .next && exchange.number < 3 ? Fault(.status(500)) : nil
/// }
/// ```
public struct Exchange: Sendable, Hashable {
    /// The route.
    public var kind: Kind
    /// Of `/response` and `/error`.
    public var requestID: String?
    /// The number of the request, from 0, in the order in which their heads arrive.
    public var number: Int

    /// Creates an exchange, to try a script with.
    public init(kind: Kind, requestID: String?, number: Int) {
        (self.kind, self.requestID, self.number) = (kind, requestID, number)
    }

    /// The route of a request.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// `GET` of the next invocation.
        case next
        /// `POST` of an invocation's response.
        case response
        /// `POST` of an invocation's error.
        case error
        /// `POST` of an error of the init phase.
        case initializationError
        /// `GET` of the next restore, with SnapStart.
        case restoreNext
        /// `POST` of an error after a restore.
        case restoreError
        /// `POST` that registers an extension.
        case registerExtension
        /// `GET` of an extension's next event.
        case extensionNext
        /// Any other request.
        case other
    }
}

extension Exchange {
    init(_ route: Route, number: Int) {
        self.number = number
        switch route {
        case .next: kind = .next
        case .response(let id): (kind, requestID) = (.response, id)
        case .error(let id): (kind, requestID) = (.error, id)
        case .initializationError: kind = .initializationError
        case .restoreNext: kind = .restoreNext
        case .restoreError: kind = .restoreError
        case .registerExtension: kind = .registerExtension
        case .extensionNext: kind = .extensionNext
        case .extensionError, .telemetry, .credentials, .invoke, .ping, .notFound, .methodNotAllowed: kind = .other
        }
    }
}
