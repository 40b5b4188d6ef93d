// The example of the documentation, so that it compiles as printed.

import Foundation
import LambdaStreamsTesting
import Testing

struct Order: Codable, Sendable, Equatable {
    var id: String
    var total: Int
}

struct NegativeTotal: Error {}

actor Inbox {
    private(set) var ids: [String] = []
    func append(_ id: String) { ids.append(id) }
}

@Suite("The documentation's example")
struct ExampleTests {
    @Test("a unit test of a processor needs an event, a call and its expectations")
    func example() async throws {
        let inbox = Inbox()
        let processor = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in
            guard let order = change.new else { return }
            guard order.total >= 0 else { throw NegativeTotal() }
            await inbox.append(order.id)
        }
        let event = try StreamEvent.Builder(keys: "id")
            .insert(Order(id: "o-1", total: 5))
            .modify(old: Order(id: "o-1", total: 5), new: Order(id: "o-1", total: -1))
            .remove(Order(id: "o-0", total: 7), by: .timeToLive)
            .build()

        let response = try await processor.process(event)

        #expect(await inbox.ids == ["o-1"])
        #expect(response == .failure(from: event.records[1]))
    }

    @Test("it stands in the documentation line for line")
    func isDocumented() throws {
        let tests = URL(fileURLWithPath: #filePath)
        let source = tests.appendingPathComponent("../../../Sources/LambdaStreamsTesting/LambdaStreamsTesting.swift")
        func lines(of file: URL) throws -> [String] {
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
                var line = line[...]
                if line.hasPrefix("//") { line = line.dropFirst(2) }
                return line.trimmingCharacters(in: .whitespaces)
            }
        }
        let documented = try lines(of: source.standardizedFileURL)
        let begin = try #require(documented.firstIndex(of: "```swift"))
        let end = try #require(documented.lastIndex(of: "```"))
        let example = documented[(begin + 1)..<end].filter { !$0.isEmpty }
        #expect(example.count > 10)
        #expect(try lines(of: tests).joined(separator: "\n").contains(example.joined(separator: "\n")))
    }
}
