// The services of AWS on this machine, for tests: moto's server, started by the tests and ended with them.

public import AWSServices
public import Foundation
import HTTPScripting
public import HTTPTransfers

/// A moto server. One for the whole test process is ``shared()``: let each test use names of its own.
public final class Moto: Sendable {
    /// `http://127.0.0.1:41233`
    public let endpoint: String
    // Few at once, and patient: the tests run beside each other, and moto is Python.
    private let http = HTTPClient(HTTPClientConfiguration(maximumTransfers: 16, connectTimeout: .seconds(30)))
    private let server: PythonServer

    /// The one of this process, started by whoever asks first.
    public static func shared() throws -> Moto { try started.get() }

    private static let started = Result { try Moto() }

    /// Starts a server and waits until it answers.
    public init() throws {
        server = try PythonServer(Self.script, python: Self.python(), missing: "moto's server ended as it started")
        endpoint = "http://127.0.0.1:\(server.port)"
    }

    /// A client of this server.
    ///
    /// - Parameter endpoint: another way to it: a proxy of the test's.
    public func client(
        endpoint: String? = nil,
        retryPolicy: AWSRetryPolicy? = AWSRetryPolicy(maximumAttempts: 5),
        timeout: Duration = .seconds(60),
        http: HTTPClient? = nil
    ) -> AWSClient {
        AWSClient(
            region: "eu-central-1",
            endpoint: endpoint ?? self.endpoint,
            credentials: AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret"),
            retryPolicy: retryPolicy,
            timeout: timeout,
            http: http ?? self.http,
            environment: AWSEnvironment([:])
        )
    }

    /// Makes a table that is paid for by the request.
    ///
    /// - Parameters:
    ///   - key: the partition key's name; a string.
    ///   - sortKey: the sort key's name; a string.
    ///   - hasStream: whether the table has a stream.
    ///   - view: its view type.
    public func createTable(
        _ name: String,
        key: String,
        sortKey: String? = nil,
        hasStream: Bool = false,
        view: String = "NEW_AND_OLD_IMAGES"
    ) async throws {
        let keys = [(key, "HASH")] + (sortKey.map { [($0, "RANGE")] } ?? [])
        let attributes = keys.map { #"{"AttributeName":"\#($0.0)","AttributeType":"S"}"# }.joined(separator: ",")
        let schema = keys.map { #"{"AttributeName":"\#($0.0)","KeyType":"\#($0.1)"}"# }.joined(separator: ",")
        let stream = #","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"\#(view)"}"#
        _ = try await call(
            service: "dynamodb",
            target: "DynamoDB_20120810.CreateTable",
            body: """
                {"TableName":"\(name)","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[\(attributes)],\
                "KeySchema":[\(schema)]\(hasStream ? stream : "")}
                """
        )
    }

    /// Makes a queue; gives its URL.
    public func createQueue(_ name: String) async throws -> String {
        let reply = try await call(service: "sqs", target: "AmazonSQS.CreateQueue", body: #"{"QueueName":"\#(name)"}"#)
        let object = try JSONSerialization.jsonObject(with: Data(reply.utf8)) as? [String: Any]
        guard let url = object?["QueueUrl"] as? String else { throw MotoError("CreateQueue: \(reply)") }
        return url
    }

    /// Makes a topic that delivers to a queue of this account; gives its ARN.
    public func createTopic(_ name: String, deliveringTo queue: String) async throws -> String {
        let arn = "arn:aws:sns:eu-central-1:123456789012:\(name)"
        for form in [
            "Action=CreateTopic&Name=\(name)",
            "Action=Subscribe&TopicArn=\(arn)&Protocol=sqs&Endpoint=arn:aws:sqs:eu-central-1:123456789012:\(queue)",
        ] {
            let response = try await request(.post, "/", service: "sns", body: form + "&Version=2010-03-31")
            guard response.status == 200 else { throw MotoError(String(decoding: response.body, as: UTF8.self)) }
        }
        return arn
    }

    public func createBucket(_ name: String) async throws {
        let location = """
            <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            <LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>
            """
        let response = try await request(
            .put,
            "/\(name)",
            service: "s3",
            contentType: "application/xml",
            body: location
        )
        guard response.status == 200 else { throw MotoError(String(decoding: response.body, as: UTF8.self)) }
    }

    /// A call in the JSON protocol that the package itself has no use for.
    ///
    /// - Returns: the body of the reply.
    public func call(service: String, target: String, body: String) async throws -> String {
        let response = try await http.send(
            HTTPRequest(
                .post,
                endpoint + "/",
                headers: [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", target)],
                body: Array(body.utf8),
                timeout: .seconds(60),
                signature: signature(for: service)
            )
        )
        let text = String(decoding: response.body, as: UTF8.self)
        guard response.status == 200 else { throw MotoError("\(target): HTTP \(response.status) \(text)") }
        return text
    }

    /// A request of any other kind: `PUT /bucket` to S3, a form to SNS.
    public func request(
        _ method: HTTPRequest.Method,
        _ path: String,
        service: String,
        contentType: String = "application/x-www-form-urlencoded",
        body: String = ""
    ) async throws -> HTTPResponse {
        try await http.send(
            HTTPRequest(
                method,
                endpoint + path,
                headers: [("Content-Type", contentType)],
                body: Array(body.utf8),
                timeout: .seconds(60),
                signature: signature(for: service)
            )
        )
    }

    private func signature(for service: String) throws -> RequestSignature {
        try RequestSignature(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: "secret",
            sessionToken: nil,
            region: "eu-central-1",
            service: service
        )
    }

    private static let script = """
        import logging, os, sys, threading
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        moto = DomainDispatcherApplication(create_backend_app)
        one_at_a_time = threading.Lock()

        def application(environ, start_response):
            # moto's condition and its write are two steps: two requests at once may both pass.
            with one_at_a_time:
                return list(moto(environ, start_response))

        server = make_server("127.0.0.1", 0, application, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port, flush=True)
        sys.stdin.read()
        os._exit(0)
        """

    /// The Python of the tools that `make setup` installs, in the folder of the package's manifest.
    public static func python() throws -> URL {
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
                let python = folder.appendingPathComponent(".build/venv/bin/python")
                guard FileManager.default.isExecutableFile(atPath: python.path) else { break }
                return python
            }
            folder.deleteLastPathComponent()
        }
        throw MotoError("moto is not installed here: run `make setup`")
    }
}

public struct MotoError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
