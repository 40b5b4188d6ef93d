// Switching idempotency off from outside, by the variable that Powertools has for it.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What `POWERTOOLS_IDEMPOTENCY_DISABLED` says. The words are those of Powertools for Python, in either case.
enum DisablingVariable: Sendable, Hashable {
    case enabled
    case disabled
    /// Neither yes nor no: operations refuse to run, for either guess could be the wrong one.
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
    /// The value of an environment variable; an empty one is one.
    package static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
