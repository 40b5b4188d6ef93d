// Events out of files, in every form they are saved in, and the errors of those that are none.

import Foundation
import LambdaStreamsTesting
import Testing

@Suite("Fixtures")
struct FixtureTests {
    @Test(
        "every form of a file becomes the event",
        arguments: ["event.json", "array.json", "lines.jsonl", "get-records.json", "poison.jsonl"]
    )
    func forms(name: String) async throws {
        let event = try StreamEvent.fixture(name, in: .module)
        #expect(event.records.map(\.sequenceNumber) == [SequenceNumber("111"), SequenceNumber("222")])
        #expect(event.records.map(\.eventName) == [.insert, .remove])
        #expect(event.records[1].isTimeToLiveRemoval)
        #expect(try event.records[0].change(as: Order.self) == .inserted(Order(id: "o-1", total: 5)))
        #expect(try StreamEvent.fixture(at: "Fixtures/\(name)").bytes == event.bytes)
        let processor = BatchProcessor { (_: ItemChange<Order>, _: RecordContext) in }
        #expect(try await processor.process(event) == .success)
    }

    @Test("an event is kept byte for byte")
    func untouched() throws {
        let fixture = try Fixture(at: "Fixtures/event.json")
        #expect(fixture.json == [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture.file))))
        #expect(fixture.file.hasSuffix("/Fixtures/event.json"))
    }

    @Test("a single record, a byte order mark and carriage returns are taken")
    func leniency() throws {
        let record = #"{"eventID":"1","eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"a"}}}}"#
        #expect(try StreamEvent.fixture(json: record).records.count == 1)
        #expect(try StreamEvent.fixture(json: "\u{FEFF}\(record)").records.count == 1)
        #expect(try StreamEvent.fixture(json: "\(record)\r\n\r\n\(record)\r\n").records.count == 2)
        #expect(try StreamEvent.fixture(json: "[]").records.isEmpty)
    }

    @Test("messages of a queue are read the same way")
    func queue() throws {
        let event = try SQSEvent.fixture(json: #"[{"messageId":"m-1","body":"x","eventSource":"aws:sqs"}]"#)
        #expect(event.records.map(\.messageID) == ["m-1"])
    }

    @Test(
        "text that holds no records is an error that says where and what to do",
        arguments: [
            (" \n", "it is empty"),
            (
                "{\n  \"Records\": [,]\n}",
                "expected a value or ']' at line 2, column 15|expected a value at line 2, column 15"
            ),
            (#"{"eventID":"1"}"# + "\n" + #"{"eventID":2,}"#, "at line 2, column 14"),
            (#"{"foo":1,"bar":2}"#, "the file's value is not a record but an object of foo, bar"),
            (#"[{"eventID":"1"},5]"#, "element 1 of the array is not a record but a value that is not an object"),
            (#"{"eventID":"1"}"# + "\n[]", "line 2 is not a record but a value that is not an object"),
            (#"{"Records":5}"#, "it is not a StreamEvent: the event is not a DynamoDB stream event"),
        ]
    )
    func defects(text: String, message: String) throws {
        do throws(FixtureError) {
            _ = try StreamEvent.fixture(json: text)
            Issue.record("read")
        } catch {
            #expect(error.file == "the fixture")
            #expect(message.split(separator: "|").contains { error.description.contains($0) }, "\(error)")
        }
    }

    @Test("a file that is not there is named, with where it was looked for")
    func missing() throws {
        do throws(FixtureError) {
            _ = try Fixture(at: "Fixtures/nowhere.json")
            Issue.record("read")
        } catch {
            #expect(error.problem == .notFound)
            #expect(error.file.hasSuffix("/LambdaStreamsTestingTests/Fixtures/nowhere.json"))
        }
        do throws(FixtureError) {
            _ = try Fixture("nowhere.json", in: .module)
            Issue.record("read")
        } catch {
            #expect(error.file == "nowhere.json")
            #expect(error.description.contains(#"resources: [.copy("Fixtures")]"#))
        }
        #expect(throws: FixtureError.self) { try Fixture(at: "Fixtures") }
    }
}
