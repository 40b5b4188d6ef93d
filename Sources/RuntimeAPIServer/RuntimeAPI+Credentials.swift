// The container credentials of a function that was restored from a snapshot.

internal import JSONScanning

extension RuntimeAPI {
    /// The reply at `AWS_CONTAINER_CREDENTIALS_FULL_URI` ("Container credential provider"): the static
    /// credentials that the function was configured with, valid for an hour.
    func credentials(_ request: HTTPRequest) -> Reply {
        let variables = functionVariables
        guard request.header("Authorization") == variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] else {
            return .error(403, "InvalidToken", "the Authorization header is not AWS_CONTAINER_AUTHORIZATION_TOKEN")
        }
        var body: [UInt8] = []
        body.appendJSON(#"{"AccessKeyId":"#)
        body.appendJSONString(variables["AWS_ACCESS_KEY_ID"] ?? "")
        body.appendJSON(#","SecretAccessKey":"#)
        body.appendJSONString(variables["AWS_SECRET_ACCESS_KEY"] ?? "")
        body.appendJSON(#","Token":"#)
        body.appendJSONString(variables["AWS_SESSION_TOKEN"] ?? "")
        body.appendJSON(#","Expiration":"2099-12-31T23:59:59Z"}"#)
        return Reply(status: 200, headers: [("Content-Type", "application/json")], body: body)
    }
}
