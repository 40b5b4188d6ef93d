// The environment variables that configure AWS's tools.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Environment variables: those of the process, or others.
///
/// ```swift
/// let table = try AWSEnvironment.process.required("ORDERS_TABLE")
/// let bucket = AWSEnvironment.process["DEAD_LETTER_BUCKET"]
/// ```
public struct AWSEnvironment: Sendable {
    private let variable: @Sendable (String) -> String?

    /// The process's, read when they are asked for.
    public static let process = AWSEnvironment { name in getenv(name).map { String(cString: $0) } }

    /// These variables and no others.
    public init(_ variables: [String: String]) {
        self.init { variables[$0] }
    }

    private init(_ variable: @escaping @Sendable (String) -> String?) {
        self.variable = variable
    }

    /// The value of a variable; nil when it is not set or empty.
    public subscript(name: String) -> String? {
        variable(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value of a variable that must be set.
    ///
    /// - Throws: ``MissingVariableError`` when it is not set or empty.
    public func required(_ name: String) throws(MissingVariableError) -> String {
        guard let value = self[name] else { throw MissingVariableError(name: name) }
        return value
    }
}

/// An environment variable that is not set, or empty.
///
/// ```swift
/// do {
///     print(try AWSEnvironment.process.required("ORDERS_TABLE"))
/// } catch {
///     print("Set \(error.name) in the function's configuration")
/// }
/// ```
public struct MissingVariableError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The variable's name.
    public let name: String

    public var description: String { "the environment variable \(name) is not set" }
}
