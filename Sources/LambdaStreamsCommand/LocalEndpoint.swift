// The client of AWS's services: AWS itself, or an endpoint on this machine.

import AWSServices

enum LocalEndpoint {
    /// A client with the environment's credentials. A local endpoint accepts any key.
    ///
    /// - Parameter url: `http://localhost:8000`; nil for AWS.
    static func client(_ url: String?) -> AWSClient {
        guard let url else { return AWSClient() }
        let environment = AWSEnvironment.process
        let hasKey = environment["AWS_ACCESS_KEY_ID"] != nil || environment["AWS_PROFILE"] != nil
        let hasRegion = environment["AWS_REGION"] != nil || environment["AWS_DEFAULT_REGION"] != nil
        return AWSClient(
            region: hasRegion ? nil : "us-east-1",
            endpoint: url,
            credentials: hasKey ? nil : AWSCredentials(accessKeyID: "local", secretAccessKey: "local")
        )
    }
}
