// A service of AWS that answers as a test says, and a client that calls it.

import AWSServices
import Foundation
import HTTPScripting
import HTTPTransfers

/// Waits of no length, so that tests of retries are quick.
let atOnce = AWSRetryPolicy(baseDelay: .zero, throttledDelay: .zero)

extension ScriptedServer {
    /// A client whose every service is this server.
    func client(
        retryPolicy: AWSRetryPolicy = atOnce,
        timeout: Duration = .seconds(60),
        credentials: any AWSCredentialSource = AWSCredentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: "SECRET",
            sessionToken: "TOKEN"
        )
    ) -> AWSClient {
        AWSClient(
            region: "eu-central-1",
            endpoint: "http://\(endpoint)",
            credentials: credentials,
            retryPolicy: retryPolicy,
            timeout: timeout,
            environment: AWSEnvironment([:])
        )
    }
}

/// JSON with its members in one order, to compare by.
func normalized(_ json: some Sequence<UInt8>) throws -> String {
    let value = try JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed)
    let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
    return String(decoding: data, as: UTF8.self)
}

func normalized(_ json: String) throws -> String { try normalized(json.utf8) }
