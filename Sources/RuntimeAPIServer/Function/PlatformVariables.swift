// The environment variables that the platform sets for a function.

internal import SharedState

extension RuntimeAPIServer.Configuration {
    /// The variables of the function's process: those that the platform reserves
    /// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html) take precedence over the function's
    /// own and, if it inherits them, over this process's.
    func variables(endpoint: String, inherited: [String: String]) -> [String: String] {
        var variables = inheritsEnvironment ? inherited : Self.bare
        // A function that starts another one does not pass on its own identity.
        for name in Self.reserved { variables[name] = nil }
        let unreserved = [
            "AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000", "TZ": ":UTC",
        ]
        for (name, value) in unreserved where variables[name] == nil { variables[name] = value }
        variables.merge(environment) { $1 }
        variables.merge(platform(endpoint: endpoint)) { $1 }
        return variables
    }

    private func platform(endpoint: String) -> [String: String] {
        var variables = [
            "AWS_LAMBDA_RUNTIME_API": endpoint,
            "AWS_LAMBDA_FUNCTION_NAME": functionName,
            "AWS_LAMBDA_FUNCTION_VERSION": functionVersion,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(memorySize),
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/\(functionName)",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local/[\(functionVersion)]\(RandomText.uuid())",
            "AWS_LAMBDA_INITIALIZATION_TYPE": initializationType,
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "_HANDLER": effectiveHandler,
        ]
        if case .process(let executable, _, let workingDirectory) = function {
            let folder = executable.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            let root = folder.joined(separator: "/")
            variables["LAMBDA_TASK_ROOT"] = workingDirectory ?? (root.isEmpty ? "." : root)
        }
        if let concurrency { variables["AWS_LAMBDA_MAX_CONCURRENCY"] = String(concurrency) }
        if mode == .snapStart {
            variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://\(endpoint)/2021-04-23/credentials"
            variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = RandomText.uuid()
        }
        return variables
    }

    private var initializationType: String {
        switch mode {
        case .onDemand: "on-demand"
        case .snapStart: "snap-start"
        case .managedInstances: "lambda-managed-instances"
        }
    }

    /// Further variables of a custom runtime on Lambda.
    private static let bare = [
        "LANG": "en_US.UTF-8", "PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "LD_LIBRARY_PATH":
            "/lib64:/usr/lib64:/var/lang/lib:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    ]

    /// The variables that only the platform sets. Lambda reserves the region and the credentials too, which a function
    /// that runs locally needs to be given.
    package static let reserved: Set = [
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "_LAMBDA_TELEMETRY_LOG_FD",
        "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET",
    ]
}
