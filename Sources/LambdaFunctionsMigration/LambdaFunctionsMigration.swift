// The names of swift-aws-lambda-runtime 2 and 3 over this package's runtime: an application changes its import and its package.

@_exported public import LambdaFunctions
@_exported public import LambdaFunctionsJSON
@_exported public import LambdaFunctionsStreaming

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What that package keeps under this name.
public enum Lambda {
    /// The value of an environment variable, nil where it is not set.
    public static func env(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

extension LambdaContext {
    /// The time left before the deadline.
    public func getRemainingTime() -> Duration { remainingTime }
}
