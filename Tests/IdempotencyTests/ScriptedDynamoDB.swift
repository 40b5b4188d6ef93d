// A DynamoDB that responds as a test says, and a client that calls it.

import AWSServices
import HTTPScripting

extension ScriptedServer {
    /// A client whose DynamoDB is this server.
    func dynamoDB(_ environment: [String: String] = [:]) -> DynamoDBClient {
        DynamoDBClient(
            AWSClient(
                region: "eu-central-1",
                endpoint: "http://\(endpoint)",
                credentials: AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret"),
                environment: AWSEnvironment(environment)
            )
        )
    }
}
