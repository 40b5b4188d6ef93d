// A context for the handler under test.

internal import Foundation
public import LambdaStreams

extension LambdaContext {
    /// A context for one invocation of a function under test.
    ///
    /// - Parameters:
    ///   - remaining: the time left before the deadline, from now; nil for no deadline. Zero is a
    ///     deadline that has come.
    ///   - requestID: a new one each time, as Lambda makes; pass the same one twice to act as a retry.
    ///   - functionName: the function's name.
    ///   - functionVersion: the version that runs.
    ///   - functionARN: by default made of the name, in us-east-1.
    ///   - memorySize: in megabytes.
    ///   - tenantID: the tenant, for a function with tenant isolation.
    ///   - traceID: X-Ray's header.
    ///   - logger: by default one that writes to standard error, down to debug level: why a record failed, with the
    ///     error in full.
    public static func testing(
        remaining: Duration? = .seconds(30),
        requestID: String = UUID().uuidString.lowercased(),
        functionName: String = "function-under-test",
        functionVersion: String = "$LATEST",
        functionARN: String? = nil,
        memorySize: Int = 128,
        tenantID: String? = nil,
        traceID: String? = nil,
        logger: Logger = .testing
    ) -> LambdaContext {
        LambdaContext(
            requestID: requestID,
            invokedFunctionARN: functionARN ?? "arn:aws:lambda:us-east-1:123456789012:function:\(functionName)",
            deadline: remaining.map { LambdaClock.now.advanced(by: $0) },
            traceID: traceID,
            tenantID: tenantID,
            logger: logger,
            variables: [
                "AWS_LAMBDA_FUNCTION_NAME": functionName,
                "AWS_LAMBDA_FUNCTION_VERSION": functionVersion,
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(memorySize),
                "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/\(functionName)",
                "AWS_LAMBDA_LOG_STREAM_NAME": "2026/09/17/[\(functionVersion)]7f5c1d0e4b9a4c8f8d2e6a3b1c0d9e8f",
            ]
        )
    }
}

extension Logger {
    /// Writes to standard error, so that a failing test says why.
    public static var testing: Logger {
        var logger = Logger(label: "function-under-test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .debug
        return logger
    }
}
