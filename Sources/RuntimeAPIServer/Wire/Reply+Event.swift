// The reply to `/next`: the event, and the headers that describe it.

internal import JSONScanning

extension Reply {
    /// Headers are left out where they would be empty; Managed Instances send an empty client context and identity,
    /// as AWS's server for them does (`lambda-managed-instances/invoke/runtime_response_sender.go`).
    init(event invocation: ActiveInvocation, _ configuration: RuntimeAPIServer.Configuration) {
        let request = invocation.request
        var headers: [(name: String, value: String)] = [
            ("Content-Type", request.contentType),
            ("Lambda-Runtime-Aws-Request-Id", invocation.requestID),
            ("Lambda-Runtime-Deadline-Ms", String(invocation.deadlineEpochMilliseconds)),
            ("Lambda-Runtime-Invoked-Function-Arn", request.functionARN ?? configuration.functionARN),
        ]
        func add(_ name: String, _ value: String?, evenIfEmpty: Bool = false) {
            let value = value ?? ""
            if !value.isEmpty || evenIfEmpty { headers.append((name, value)) }
        }
        let isManaged = configuration.concurrency != nil
        add("Lambda-Runtime-Trace-Id", invocation.traceID)
        add("Lambda-Runtime-Client-Context", request.clientContext, evenIfEmpty: isManaged)
        add("Lambda-Runtime-Cognito-Identity", request.identity?.json, evenIfEmpty: isManaged)
        add("Lambda-Runtime-Aws-Tenant-Id", request.tenantID)
        if configuration.sendsInvocationIDs { add("Lambda-Runtime-Invocation-Id", invocation.invocationID) }
        self.init(status: 200, headers: headers, body: request.payload)
    }
}

extension InvocationRequest.CognitoIdentity {
    fileprivate var json: String {
        var json: [UInt8] = []
        json.appendJSON(#"{"cognitoIdentityId":"#)
        json.appendJSONString(identityID)
        json.appendJSON(#","cognitoIdentityPoolId":"#)
        json.appendJSONString(identityPoolID)
        json.appendJSON("}")
        return String(decoding: json, as: UTF8.self)
    }
}
