// Redriving buckets, against moto.

import AWSServices
import Foundation
import Moto
import Testing

@testable import RecordReplay

@Suite struct BucketSourceTests {
    private let moto: Moto
    private let s3: S3Client
    private let bucket = "failed-\(UUID().uuidString.prefix(8).lowercased())"

    init() throws {
        moto = try Moto.shared()
        s3 = S3Client(moto.client())
    }

    private func source(
        prefix: String = "",
        _ stream: ScriptedStream? = nil,
        change: (inout BucketSource.Settings) -> Void = { _ in }
    ) throws -> BucketSource {
        let stream = try stream ?? ScriptedStream(.init(numbers: ["100", "200", "300"]))
        var settings = BucketSource.Settings()
        change(&settings)
        let reader = StreamRangeReader(
            DynamoDBStreamsClient(stream.aws),
            patience: .seconds(20),
            pause: .milliseconds(1)
        )
        return BucketSource(
            bucket: bucket,
            prefix: prefix,
            s3: s3,
            recovery: FailureRecovery(reader: reader),
            settings: settings
        )
    }

    private func put(_ key: String, _ body: String) async throws {
        try await s3.putObject(Array(body.utf8), key: key, in: bucket)
    }

    private var keys: [String] {
        get async throws { try await s3.listObjects(in: bucket).objects.map(\.key) }
    }

    @Test("objects are read in the order of their keys; done ones are moved, others shrink or stay")
    func wholeBucket() async throws {
        try await moto.createBucket(bucket)
        try await put("aws/lambda/1", failureJSON(payload: quoted(eventJSON(["1", "2"]))))
        try await put("aws/lambda/2", failureJSON(payload: eventJSON(["3", "4"])))
        try await put("dead-letters/orders/a b+c.json", deadLetterJSON("5"))
        try await put("dead-letters/orders/x.json", deadLetterJSON("6"))
        try await put("readme.txt", "hello")
        let source = try source()
        let (done, losses) = try await drain(source) { !["4", "6"].contains($0) }
        #expect(done == ["1", "2", "3", "5"])
        #expect(losses.map(\.kind) == [.refused])
        let counts = await source.counts
        #expect(counts.completed == 2 && counts.shrunk == 1 && counts.left == 2)
        #expect(
            try await keys == [
                "aws/lambda/2", "dead-letters/orders/x.json", "readme.txt", "redriven/aws/lambda/1",
                "redriven/dead-letters/orders/a b+c.json",
            ]
        )
        // The second run has what is left, and not what was moved.
        #expect(try await drain(try self.source()).done == ["4", "6"])
    }

    @Test("more objects than a page has are all found, and deleted where that was asked for")
    func pages() async throws {
        try await moto.createBucket(bucket)
        for number in 1...25 { try await put("p/\(100 + number)", deadLetterJSON("\(number)")) }
        #expect(try await s3.listObjects(in: bucket, limit: 10).continuationToken != nil)
        let source = try source(prefix: "p/") { $0.completedObjects = .deleted }
        #expect(try await drain(source).done == (1...25).map(String.init))
        #expect(try await keys.isEmpty)
    }

    @Test("listing goes on from page to page")
    func listing() async throws {
        try await moto.createBucket(bucket)
        for number in 1...7 { try await put("ä \(number)+%<&", "x") }
        var found: [String] = []
        var token: String?
        repeat {
            let page = try await s3.listObjects(in: bucket, prefix: "ä", limit: 3, continuationToken: token)
            found += page.objects.map(\.key)
            token = page.continuationToken
        } while token != nil
        #expect(found == (1...7).map { "ä \($0)+%<&" })
        #expect(try await s3.listObjects(in: bucket, prefix: "none").objects.isEmpty)
    }

    @Test("two redrives of one prefix: the second waits, and gets the lease of one that ended by force")
    func lease() async throws {
        try await moto.createBucket(bucket)
        try await put("p/1", deadLetterJSON("1"))
        let first = try source(prefix: "p/") { $0.leaseTime = .seconds(3600) }
        _ = try await first.next()
        await #expect(throws: ObjectLeaseError.self) { try await source(prefix: "p/").next() }
        // Read without changes, nobody is in the way.
        #expect(try await drain(try source(prefix: "p/") { $0.isReadOnly = true }, isDryRun: true).losses.isEmpty)
        await first.close()
        #expect(try await drain(try source(prefix: "p/")).done == ["1"])
        #expect(try await keys == ["redriven/p/1"])
        // A lease that nobody renews any more ends by itself.
        try await put("p/2", deadLetterJSON("2"))
        try await put("redriven/p/.lease", #"{"owner":"gone","until":1}"#)
        #expect(try await drain(try source(prefix: "p/")).done == ["2"])
    }

    @Test("a dry run changes nothing")
    func dryRun() async throws {
        try await moto.createBucket(bucket)
        try await put("1", deadLetterJSON("1"))
        try await drain(try source { $0.isReadOnly = true }, isDryRun: true)
        #expect(try await keys == ["1"])
    }
}
