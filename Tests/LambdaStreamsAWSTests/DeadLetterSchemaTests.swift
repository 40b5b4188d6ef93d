// Dead letters against their published schema, and back into an event.

import Foundation
import HTTPScripting
import JSONScanning
import LambdaStreamsAWS
import Moto
import RecordReplay
import TemporaryFiles
import Testing

@Suite("The form of dead letters")
struct DeadLetterSchemaTests {
    /// Has jsonschema, one of the tools that `make setup` installs, compare documents with the schema.
    ///
    /// - Returns: what is wrong with each; nothing for one that is valid.
    private func violations(_ documents: [[UInt8]]) throws -> [[String]] {
        let folder = try TemporaryFolder()
        let texts = documents.map { String(decoding: $0, as: UTF8.self) }
        let input = try folder.write(
            String(decoding: try JSONSerialization.data(withJSONObject: texts), as: UTF8.self),
            to: "documents.json"
        )
        let schema = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Documentation/dead-letter.schema.json").path
        let process = Process()
        let output = Pipe()
        process.executableURL = try Moto.python()
        process.arguments = ["-c", Self.script, schema, input]
        process.standardOutput = output
        try process.start()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [[String]])
    }

    private static let script = """
        import json, sys
        from jsonschema import Draft202012Validator

        schema = json.load(open(sys.argv[1]))
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        texts = json.load(open(sys.argv[2]))
        print(json.dumps([[e.message[:200] for e in validator.iter_errors(json.loads(t))] for t in texts]))
        """

    @Test("every sink stores what the schema describes, whole and as a pointer")
    func sinks() async throws {
        let moto = try Moto.shared()
        let s3 = S3Client(moto.client())
        let bucketName = try await moto.bucket()
        let bucket = S3DeadLetterBucket(bucketName, s3: s3)
        let url = try await moto.queue().url
        let (topicQueue, topicName) = try await moto.queue()
        let table = "dead-letters-\(UUID().uuidString)"
        try await moto.createTable(table, key: "source", sortKey: "identifier")
        let topic = try await moto.createTopic(topicName, deliveringTo: topicName)
        let folder = try TemporaryFolder()
        let sinks: [any DeadLetterSink] = [
            SQSDeadLetterQueue(url: url, largeRecordsTo: bucket, sqs: SQSClient(moto.client())),
            SNSDeadLetterTopic(arn: topic, largeRecordsTo: bucket, sns: SNSClient(moto.client())),
            DynamoDBDeadLetterTable(table, largeRecordsTo: bucket, dynamoDB: DynamoDBClient(moto.client())),
            JSONLinesDeadLetterSink(path: folder.file("letters.jsonl")),
            bucket,
        ]
        let large = orderRecord(String(repeating: "x", count: 1024 * 1024), number: 1)
        for sink in sinks {
            try await deadLetter([orderRecord(#"ü😀\u0001 \"}"#), large], to: sink)
        }
        var stored = try await moto.messages(in: url).map { Array($0.body.utf8) }
        for message in try await moto.messages(in: topicQueue) {
            let envelope = try JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: Any]
            stored.append(Array(try #require(envelope?["Message"] as? String).utf8))
        }
        let reply = try await moto.call(
            service: "dynamodb",
            target: "DynamoDB_20120810.Scan",
            body: #"{"TableName":"\#(table)"}"#
        )
        let scan = try JSONSerialization.jsonObject(with: Data(reply.utf8)) as? [String: Any]
        for item in try #require(scan?["Items"] as? [[String: [String: String]]]) {
            stored.append(Array(try #require(item["deadLetter"]?["S"]).utf8))
        }
        stored += try folder.read("letters.jsonl").split(separator: "\n").map { Array($0.utf8) }
        for pointer in try stored.compactMap({ try StoredLetter($0).location }) {
            stored.append(try await s3.getObject(key: pointer.key, from: pointer.bucket))
        }
        // Two of each sink, and the letter behind each of the three pointers.
        #expect(stored.count == 11)
        #expect(try violations(stored) == Array(repeating: [], count: stored.count))
    }

    @Test("so does every kind of record and reason")
    func kinds() async throws {
        let sink = InMemoryDeadLetterSink()
        try await deadLetter([orderRecord("x")], to: sink, error: Permanent(Refused()))
        try await deadLetter([#"{"eventSource":"aws:dynamodb","dynamodb":{"SequenceNumber":"1"}}"#], to: sink)
        let long = Refused(description: String(repeating: "ü", count: 100_000))
        try await deadLetter([orderRecord("x")], to: sink, error: long)
        let context = LambdaContext(
            requestID: "r",
            deadline: nil,
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        )
        let message = #"{"messageId":"m-1","body":"b","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:x:1:q"}"#
        let queue = BatchProcessor { (_: SQSMessage, _: RecordContext) in throw Refused() }
            .deadLettered(after: 1, to: sink)
        _ = try await queue.process(SQSEvent(payload: Array("{\"Records\":[\(message)]}".utf8)), context: context)
        let letters = await sink.letters
        #expect(letters.map(\.reason) == [.permanent, .permanent, .deliveriesExhausted, .deliveriesExhausted])
        #expect(letters[2].errorMessage.utf8.count < 17_000)
        #expect(letters[2].errorMessage.hasSuffix("ü…"))
        let location = DeadLetterLocation(bucket: "a-bucket", key: "k\"ü/\u{1}")
        let documents = letters.map(\.json) + letters.map { $0.json(recordAt: location) }
        #expect(try violations(documents) == Array(repeating: [], count: 8))
        #expect(letters[2].json(recordAt: location).count < 128 * 1024)
        #expect(try StoredLetter(letters[3].json).record == Array(message.utf8))
    }

    @Test("the schema refuses what is no dead letter")
    func refusals() throws {
        let documents = [
            "{}", "[]",
            #"{"version":"2.0","deadLetteredAt":"2026-09-17T12:50:50.123Z","reason":"Permanent","deliveries":1,"#
                + #""error":{"errorType":"E","errorMessage":""},"invocation":{"requestId":"r"},"record":{}}"#,
            #"{"version":"1.0","deadLetteredAt":"2026-09-17T12:50:50.123Z","reason":"Permanent","deliveries":1,"#
                + #""error":{"errorType":"E","errorMessage":""},"invocation":{"requestId":"r"}}"#,
        ]
        #expect(try violations(documents.map { Array($0.utf8) }).allSatisfy { !$0.isEmpty })
    }

    @Test("a letter goes back into an event, whose record is the same to the byte")
    func roundTrip() async throws {
        let sink = InMemoryDeadLetterSink()
        let first = try await deadLetter((0..<3).map { orderRecord(#"ü \" \u0001 }"#, number: $0) }, to: sink)
        let records = try await sink.letters.map { letter in
            String(decoding: try #require(try StoredLetter(letter.json).record), as: UTF8.self)
        }
        let again = InMemoryDeadLetterSink()
        let second = try await deadLetter(records, to: again)
        #expect(Set(first) == Set(second))
        let letters = await sink.letters
        #expect(Set(letters.map { $0.record.identity }) == Set(await again.letters.map { $0.record.identity }))
    }

    @Test("a redrive reads a letter, and follows a pointer")
    func redrive() async throws {
        let sink = InMemoryDeadLetterSink()
        let record = try await deadLetter([orderRecord(#"ü \u0001"#)], to: sink)[0]
        let letter = try #require(await sink.letters.first)
        guard case .deadLetter(let read) = try FailureDocument(letter.json).content else { throw NotDeadLettered() }
        // A replay writes the time as Lambda does, 1.7E9.
        let sent = try ReplayRecord(JSONDocument(Array(record)).root, streamARN: "")
        #expect(read.json == sent.json)
        let location = DeadLetterLocation(bucket: "a-bucket", key: "dead-letters/a b/ü.json")
        guard case .objects(let places) = try FailureDocument(letter.json(recordAt: location)).content else {
            throw NotDeadLettered()
        }
        #expect(places == [ObjectPlace(bucket: location.bucket, key: location.key)])
        let later = Array(#"{"version":"2.0","deadLetteredAt":"","recordLocation":{"bucket":"b","key":"k"}}"#.utf8)
        #expect(throws: FailureMessageError.self) { try FailureDocument(later) }
        let nowhere = Array(#"{"version":"1.0","deadLetteredAt":"","recordLocation":{"bucket":"b"}}"#.utf8)
        #expect(throws: FailureMessageError.self) { try FailureDocument(nowhere) }
    }

    @Test("a line that was written in part does not spoil the next letter")
    func partialLine() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(#"{"version":"1.0","dead"#, to: "letters.jsonl")
        let record = try await deadLetter([orderRecord("x")], to: JSONLinesDeadLetterSink(path: path))[0]
        let lines = try folder.read("letters.jsonl").split(separator: "\n")
        #expect(lines.count == 2)
        #expect(try StoredLetter(String(lines[1])).record == record)
    }
}
