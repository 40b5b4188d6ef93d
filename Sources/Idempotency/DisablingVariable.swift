// Switches idempotency off by the environment variable that Powertools has for it.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The value of `POWERTOOLS_IDEMPOTENCY_DISABLED`. The words are those of Powertools for Python, in either case.
enum DisablingVariable: Sendable, Hashable {
    case enabled
    case disabled
    /// Neither yes nor no. Operations refuse to run, because either guess could be wrong.
    case unreadable(String)

    static let name = "POWERTOOLS_IDEMPOTENCY_DISABLED"

    init(value: String?) {
        switch value?.lowercased() {
        case nil, "", "0", "n", "no", "f", "false", "off": self = .enabled
        case "1", "y", "yes", "t", "true", "on": self = .disabled
        case .some: self = .unreadable(value ?? "")
        }
    }
}

package enum ProcessEnvironment {
    /// The value of an environment variable; an empty value counts as a value.
    package static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
