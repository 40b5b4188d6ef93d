// Signature Version 4 against a computation of its own: Python's hmac over the request as the server received it.

import Foundation
import HTTPScripting
import HTTPTransfers
import Testing

@Suite("Signature Version 4")
struct SignatureTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var testDescription: String { name }
        let name: String
        var method = HTTPRequest.Method.post
        var path = "/"
        var service = "dynamodb"
        var token: String?
        var headers: [(name: String, value: String)] = [
            ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.PutItem"),
        ]
        var body = #"{"TableName":"orders"}"#
        var secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    }

    static let samples = [
        Sample(name: "a call"),
        Sample(name: "an empty body", body: ""),
        Sample(name: "a session token with the characters of base64", token: "IQoJb3JpZ2luX2VjEXAMPLE//+==:&;"),
        Sample(name: "a body of every kind of character", body: "ü😀\u{0}\"\\\n"),
        Sample(name: "a secret with odd characters", secret: "a:b%20c@d/e+f=?&#ü"),
        Sample(name: "header values with spaces", headers: [("X-Amz-Target", "  two   words  ")]),
        Sample(
            name: "a function's ARN in the path",
            path: "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Af/invocations",
            service: "lambda",
            token: "t"
        ),
        Sample(name: "a version in the query", path: "/f/invocations?Qualifier=%24LATEST", service: "lambda"),
        Sample(name: "an escaped path and a query", path: "/f%20x/y?Qualifier=a%3Ab", service: "lambda"),
        Sample(
            name: "an object's key of odd characters",
            method: .put,
            path: "/bucket/a%20b/%C3%BC%F0%9F%98%80/%2B%3D%26%25~_-./..//x",
            service: "s3",
            token: "t/+="
        ),
        Sample(name: "reading an object", method: .get, path: "/bucket/key", service: "s3", headers: [], body: ""),
    ]

    @Test("is what AWS computes from the request that arrives", arguments: samples)
    func signature(sample: Sample) async throws {
        let server = try ScriptedServer { _ in .status(200) }
        defer { server.stop() }
        _ = try await HTTPClient().send(
            HTTPRequest(
                sample.method,
                server.url(sample.path),
                headers: sample.headers,
                body: Array(sample.body.utf8),
                signature: RequestSignature(
                    accessKeyID: "AKIDEXAMPLE",
                    secretAccessKey: sample.secret,
                    sessionToken: sample.token,
                    region: "eu-central-1",
                    service: sample.service
                )
            )
        )
        let received = try #require(server.requests.first)
        #expect(received.path == sample.path)
        #expect(received.headers["x-amz-security-token"] == sample.token)
        let authorization = try #require(received.headers["authorization"])
        let expected = try independentSignature(of: received, sample)
        #expect(authorization.hasSuffix("Signature=\(expected)"), "\(authorization)")
        let signed = try #require(
            authorization.components(separatedBy: "SignedHeaders=").last?.split(separator: ",").first
        )
        var mustBeSigned = ["host", "x-amz-date"]
        if sample.token != nil { mustBeSigned.append("x-amz-security-token") }
        if sample.service == "s3" { mustBeSigned.append("x-amz-content-sha256") }
        #expect(Set(mustBeSigned).isSubset(of: signed.split(separator: ";").map(String.init)))
    }

    @Test(
        "a region or service that is no name is refused",
        arguments: ["", "a:b", "a b", String(repeating: "x", count: 64)]
    )
    func names(name: String) {
        #expect(throws: CurlError.self) {
            try RequestSignature(accessKeyID: "a", secretAccessKey: "b", sessionToken: nil, region: name, service: "s3")
        }
        #expect(throws: CurlError.self) {
            try RequestSignature(accessKeyID: "a", secretAccessKey: "b", sessionToken: nil, region: "x", service: name)
        }
    }

    @Test("no description of a signature, or of a request with one, has a secret in it")
    func secrets() throws {
        let signature = try RequestSignature(
            accessKeyID: "AKID",
            secretAccessKey: "SECRET",
            sessionToken: "TOKEN",
            region: "eu-central-1",
            service: "sqs"
        )
        let request = HTTPRequest(.get, "http://x/", signature: signature)
        var dumped = ""
        dump(request, to: &dumped)
        dump(signature, to: &dumped)
        for text in ["\(signature)", String(reflecting: signature), "\(request)", String(reflecting: request), dumped] {
            #expect(!text.contains("SECRET"), "\(text)")
            #expect(!text.contains("TOKEN"), "\(text)")
        }
    }

    /// By the steps of "Create a signed AWS API request" in the IAM User Guide.
    private func independentSignature(of request: ScriptedServer.Request, _ sample: Sample) throws -> String {
        let input: [String: Any] = [
            "method": request.method, "target": request.path, "headers": request.headers,
            "body": Data(request.body).base64EncodedString(), "secret": sample.secret, "service": sample.service,
            "region": "eu-central-1",
        ]
        let process = Process()
        let (stdin, stdout) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script]
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.start()
        stdin.fileHandleForWriting.write(try JSONSerialization.data(withJSONObject: input))
        try stdin.fileHandleForWriting.close()
        let output = stdout.fileHandleForReading.readDataToEndOfFile()
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static let script = """
        import base64, hashlib, hmac, json, sys, urllib.parse
        r = json.load(sys.stdin)
        headers, body = r["headers"], base64.b64decode(r["body"])
        signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        assert signed == sorted(signed)
        path, _, query = r["target"].partition("?")
        # The path as it arrives is encoded once; every service but S3 encodes it again.
        uri = path if r["service"] == "s3" else urllib.parse.quote(path, safe="/-_.~")
        pairs = [p.partition("=")[::2] for p in query.split("&") if p]
        quoted = sorted((urllib.parse.quote(urllib.parse.unquote(k), safe="-_.~"),
                         urllib.parse.quote(urllib.parse.unquote(v), safe="-_.~")) for k, v in pairs)
        payload = headers.get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()
        canonical = "\\n".join([r["method"], uri, "&".join(f"{k}={v}" for k, v in quoted),
                               "".join(f"{h}:{' '.join(headers[h].split())}\\n" for h in signed),
                               ";".join(signed), payload])
        stamp = headers["x-amz-date"]
        scope = f"{stamp[:8]}/{r['region']}/{r['service']}/aws4_request"
        text = "\\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + r["secret"]).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        print(hmac.new(key, text.encode(), hashlib.sha256).hexdigest())
        """
}
