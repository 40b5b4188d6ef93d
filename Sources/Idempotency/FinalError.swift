// Errors that are an outcome: stored like a result, and thrown again instead of running the work again.

internal import DynamoDBStreamEvents
internal import JSONScanning

/// A kind of error that ends the work of its key: the work is not tried again, and every later call throws the error
/// again.
///
/// ```swift
/// struct CardDeclined: Error, Codable { let reason: String }
///
/// var settings = IdempotencySettings()
/// settings.finalErrors = [.typed(CardDeclined.self), .described { $0 is Permanent }]
/// ```
public struct FinalError: Sendable {
    /// What to store of an error; nil for one of another kind.
    let store: @Sendable (any Error) throws -> StoredFailure?
    /// The error that was stored; nil for one of another kind.
    let restore: @Sendable (StoredFailure) -> (any Error)?

    /// Errors of one type, stored as they encode themselves and thrown again as equal values.
    ///
    /// - Parameters:
    ///   - type: the error's type.
    ///   - name: what the type is called in the record; by default its name. Give one that outlives renaming.
    ///   - isFinal: which of them are final.
    public static func typed<Failure: Error & Codable>(
        _ type: Failure.Type,
        named name: String? = nil,
        where isFinal: @escaping @Sendable (Failure) -> Bool = { _ in true }
    ) -> FinalError {
        let name = name ?? "\(type)"
        return FinalError { error in
            guard let failure = error as? Failure, isFinal(failure) else { return nil }
            let json = try AttributeValueEncoder().encodePlainJSON(failure)
            return StoredFailure(name: name, json: String(decoding: json, as: UTF8.self))
        } restore: { stored in
            guard stored.name == name else { return nil }
            return try? AttributeValueDecoder().decodePlainJSON(Failure.self, from: Array(stored.json.utf8))
        }
    }

    /// Errors of any type. The type's name and the description are stored, and ``StoredFailure`` is thrown later. The
    /// table then contains what the description quotes.
    public static func described(where isFinal: @escaping @Sendable (any Error) -> Bool) -> FinalError {
        FinalError { error in
            guard isFinal(error) else { return nil }
            var json: [UInt8] = []
            json.appendJSONString("\(error)")
            return StoredFailure(name: "\(type(of: error))", json: String(decoding: json, as: UTF8.self))
        } restore: { _ in
            nil
        }
    }
}

/// An error that ended the work of a key in an earlier call, if its type cannot be restored.
///
/// ```swift
/// do {
///     _ = try await once.perform(key: order.id, in: context) { try await charge(order) }
/// } catch let failure as StoredFailure {
///     context.logger.info("charging failed permanently in an earlier call: \(failure.name)")
/// }
/// ```
public struct StoredFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The type's name.
    public let name: String
    /// The error as JSON: what it encoded itself as, or its description as a string.
    public let json: String

    package init(name: String, json: String) {
        self.name = name
        self.json = json
    }

    public var description: String { "failed permanently in an earlier call: \(name)" }
}
