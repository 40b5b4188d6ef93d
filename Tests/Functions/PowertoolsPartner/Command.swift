// What the script asks of this program, and what it answers: a JSON object on a line each.

import DynamoDBStreamEvents
import Idempotency

struct Command: Decodable, Sendable {
    enum Kind: String, Decodable, Sendable {
        /// Makes the keys of a payload by all strategies.
        case keys
        /// Does work once.
        case perform
        /// Lets work go on that was told to hold.
        case finish
    }

    let kind: Kind
    let id: String
    /// JSON text.
    var payload: String?
    /// JSON text of what must be the same in every call.
    var validated: String?
    /// JSON text of the work's result.
    var result: String?
    var strategy: String?
    var prefix: String?
    var sortKey: String?
    var format: String?
    /// How long the lease lasts.
    var leaseMilliseconds: Int?
    /// Whether the work waits for `finish`.
    var holds: Bool?
    /// Whether the work throws.
    var fails: Bool?
}

struct Reply: Encodable, Sendable {
    let id: String
    /// `running` once work that holds has begun; `done` at the end.
    var state = "done"
    var ran: Bool?
    var result: AttributeValue?
    /// The name of the error, as the script knows it.
    var error: String?
    /// By strategy. Nil where the payload is missing.
    var keys: [String: String?]?
    /// Without the rule of what is missing.
    var digests: [String: String]?

    init(id: String) { self.id = id }
}

extension KeyStrategy {
    static let named: [String: KeyStrategy] = [
        "plain": .plain, "python": .powertoolsPython, "typeScript": .powertoolsTypeScript, "java": .powertoolsJava,
        "dotNet": .powertoolsDotNet,
    ]
}

extension StoredDataFormat {
    static let named: [String: StoredDataFormat] = [
        "json": .json, "python": .powertoolsPython, "java": .powertoolsJava, "typeScript": .powertoolsTypeScript,
    ]
}
