// The words of a stream record that AWS may add to: known ones by name, others kept as they are.

import JSONScanning

/// What happened to the item.
public enum EventName: Sendable {
    /// An item that did not exist was written.
    case insert
    /// Attributes of an existing item changed.
    case modify
    /// An item was deleted, by a request or by its time to live.
    case remove
    /// A kind that this package does not know, with AWS's name for it.
    case other(String)
}

/// Which images the stream's records carry.
public enum StreamViewType: Sendable {
    /// Keys alone.
    case keysOnly
    /// The item after the change; none on a removal.
    case newImage
    /// The item before the change; none on an insertion.
    case oldImage
    /// Both images.
    case newAndOldImages
    /// A view type that this package does not know, with AWS's name for it.
    case other(String)
}

/// Who changed the item, if it was not changed by a request.
///
/// ```swift
/// if record.userIdentity == .timeToLive { print("expired") }
/// ```
public struct UserIdentity: Sendable {
    /// The kind of the identity: `Service` for a removal by the time to live.
    public let type: String?
    /// Who it is: `dynamodb.amazonaws.com` for a removal by the time to live.
    public let principalID: String?

    /// Creates an identity, for tests.
    public init(type: String?, principalID: String?) {
        self.type = type
        self.principalID = principalID
    }

    /// Time to Live deletes as this service.
    /// See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
    public static let timeToLive = UserIdentity(type: "Service", principalID: "dynamodb.amazonaws.com")

    /// `lambda-streams backfill` feeds the items that a table already has to a function, as insertions by this identity.
    /// DynamoDB itself never writes it.
    public static let backfill = UserIdentity(type: "Backfill", principalID: "lambda-streams.backfill")
}

/// Why an item was removed.
public enum RemovalCause: Hashable, Sendable {
    /// A request deleted it.
    case request
    /// Its time to live expired.
    case timeToLive
    /// Another service deleted it.
    case other(UserIdentity)
}

extension EventName: CustomStringConvertible {
    /// Creates the kind that AWS calls by this name: `INSERT`, `MODIFY`, `REMOVE` or any other.
    public init(_ text: String) {
        switch ExactText(text) {
        case "INSERT": self = .insert
        case "MODIFY": self = .modify
        case "REMOVE": self = .remove
        default: self = .other(text)
        }
    }

    /// AWS's name.
    public var description: String {
        switch self {
        case .insert: "INSERT"
        case .modify: "MODIFY"
        case .remove: "REMOVE"
        case .other(let text): text
        }
    }
}

extension StreamViewType: CustomStringConvertible {
    /// Creates the view type that AWS calls by this name: `KEYS_ONLY` and the like, or any other.
    public init(_ text: String) {
        switch ExactText(text) {
        case "KEYS_ONLY": self = .keysOnly
        case "NEW_IMAGE": self = .newImage
        case "OLD_IMAGE": self = .oldImage
        case "NEW_AND_OLD_IMAGES": self = .newAndOldImages
        default: self = .other(text)
        }
    }

    /// AWS's name.
    public var description: String {
        switch self {
        case .keysOnly: "KEYS_ONLY"
        case .newImage: "NEW_IMAGE"
        case .oldImage: "OLD_IMAGE"
        case .newAndOldImages: "NEW_AND_OLD_IMAGES"
        case .other(let text): text
        }
    }
}

// MARK: Equality, byte by byte

extension EventName: Hashable {
    public static func == (first: Self, second: Self) -> Bool {
        switch (first, second) {
        case (.insert, .insert), (.modify, .modify), (.remove, .remove): true
        case (.other(let first), .other(let second)): first.isExactly(second)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) { description.hashExactly(into: &hasher) }
}

extension StreamViewType: Hashable {
    public static func == (first: Self, second: Self) -> Bool {
        switch (first, second) {
        case (.keysOnly, .keysOnly), (.newImage, .newImage), (.oldImage, .oldImage): true
        case (.newAndOldImages, .newAndOldImages): true
        case (.other(let first), .other(let second)): first.isExactly(second)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) { description.hashExactly(into: &hasher) }
}

extension UserIdentity: Hashable {
    private var exactly: [ExactText?] { [type.map(ExactText.init), principalID.map(ExactText.init)] }

    public static func == (first: Self, second: Self) -> Bool { first.exactly == second.exactly }

    public func hash(into hasher: inout Hasher) { hasher.combine(exactly) }
}
