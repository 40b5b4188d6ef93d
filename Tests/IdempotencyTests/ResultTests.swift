// What is stored of a result, and that a repeated call gets exactly it.

import DynamoDBStreamEvents
import Idempotency
import IdempotencyDynamoDB
import Testing

@Suite("Results")
struct ResultTests {
    struct Receipt: Codable, Sendable, Equatable {
        var id: String
        var lines: [Int]
        var note: String?
    }

    struct CardDeclined: Error, Codable, Equatable {
        let code: Int
    }

    private func expectReplay<Value: Codable & Sendable & Equatable>(
        of value: Value,
        storedAs json: String,
        _ kind: StoreKind
    ) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        #expect(try await once.perform(key: "o-1") { value } == value)
        #expect(try await store.record("orders#o-1")?.data == .string(json))
        let replayed = try await once.perform(key: "o-1") { () async throws -> Value in
            Issue.record("it must not run twice")
            return value
        }
        #expect(replayed == value)
    }

    @Test("a result comes back exactly, null, false, 0 and what is empty included", arguments: StoreKind.allCases)
    func replay(kind: StoreKind) async throws {
        try await expectReplay(of: Int?.none, storedAs: "null", kind)
        try await expectReplay(of: Int?.some(0), storedAs: "0", kind)
        try await expectReplay(of: false, storedAs: "false", kind)
        try await expectReplay(of: 0, storedAs: "0", kind)
        try await expectReplay(of: "", storedAs: #""""#, kind)
        try await expectReplay(of: [Int](), storedAs: "[]", kind)
        try await expectReplay(of: [String: Int](), storedAs: "{}", kind)
        try await expectReplay(of: Int64.max, storedAs: "9223372036854775807", kind)
        try await expectReplay(of: "é\n\"😀", storedAs: #""é\n\"😀""#, kind)
        try await expectReplay(
            of: Receipt(id: "r", lines: [1, 2], note: nil),
            storedAs: #"{"id":"r","lines":[1,2]}"#,
            kind
        )
    }

    @Test("an item comes back with its binary values, sets and numbers as they were", arguments: StoreKind.allCases)
    func replayOfItem(kind: StoreKind) async throws {
        struct Snapshot: Codable, Sendable, Equatable {
            let item: Item
            let photo: [UInt8]
            let value: AttributeValue
        }
        let item: Item = [
            "b": .binary([0, 1, 255]), "ss": .stringSet(["a", "b"]), "ns": .numberSet([1, 2.5]),
            "bs": .binarySet([[1], [2]]), "l": [.binary([7]), nil, true], "m": ["$B": "not binary"],
            "n": 9_007_199_254_740_993,
            "$SS": .list(["one"]), "empty": .map([:]),
        ]
        let snapshot = Snapshot(item: item, photo: [1, 2, 3], value: .map(["$M": .stringSet(["x"])]))
        for format in [StoredDataFormat.json, .powertoolsPython, .powertoolsJava, .powertoolsTypeScript] {
            let store = try await kind.makeStore()
            let once = operations(store) { $0.storedDataFormat = format }
            for _ in 0..<2 {
                #expect(try await once.perform(key: "item") { item } == item, "\(format)")
                #expect(
                    try await once.perform(key: "value") { AttributeValue.binary([9]) } == .binary([9]),
                    "\(format)"
                )
                // As attributes bytes are bytes, whichever type reads them.
                if format != .powertoolsTypeScript {
                    #expect(try await once.perform(key: "snapshot") { snapshot } == snapshot, "\(format)")
                }
            }
        }
    }

    @Test("a result is measured as DynamoDB counts it: small numbers in a list are larger than their JSON")
    func sizeOfAttributes() async throws {
        let numbers = (0..<190_000).map { $0 % 10 }
        for (format, isStored) in [(StoredDataFormat.json, true), (.powertoolsTypeScript, false)] {
            let store = ObservedStore(
                InMemoryIdempotencyStore(),
                limits: DynamoDBIdempotencyStore(table: "t").limits
            )
            let once = operations(store) { $0.storedDataFormat = format }
            #expect(try await once.perform(key: "o-1") { numbers } == numbers)
            #expect(try await store.record("orders#o-1")?.status == .completed)
            #expect((try await store.record("orders#o-1")?.data != nil) == isStored)
            #expect((try await store.record("orders#o-1")?.omission == nil) == isStored)
        }
    }

    @Test("the hook sees the stored result, changes what is given, and is called on a replay only")
    func hook() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store)
        let hooks = Counter()
        @Sendable func charge() async throws -> Int {
            try await once.perform(
                key: "o-1",
                onReplay: { result, record in
                    hooks.increase()
                    #expect(record.key == "orders#o-1")
                    #expect(record.status == .completed)
                    return result + 100
                },
                { 7 }
            )
        }
        #expect(try await charge() == 7)
        #expect(hooks.count == 0)
        #expect(try await charge() == 107)
        // It changes what is given, not what is stored.
        #expect(try await charge() == 107)
        #expect(hooks.count == 2)
    }

    @Test("a hook that throws fails the repeated call and nothing else")
    func hookThrows() async throws {
        struct Stale: Error {}
        let once = operations(try await StoreKind.inMemory.makeStore())
        try await once.perform(key: "o-1") { 1 }
        await #expect(throws: Stale.self) {
            try await once.perform(key: "o-1", onReplay: { (_: Int, _) in throw Stale() }, { 2 })
        }
        #expect(try await once.perform(key: "o-1") { 3 } == 1)
    }

    @Test("the largest result that is promised a place has one", arguments: StoreKind.allCases)
    func largestResult(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store)
        let quotes = 2
        let text = String(repeating: "x", count: 400 * 1024 - 8 * 1024 - quotes)
        let key = String(repeating: "k", count: 1024 - "orders#".count)
        try await once.perform(key: key) { text }
        #expect(try await once.perform(key: key) { "" } == text)
    }

    @Test("a result that is too large for an item is given and not stored, and the work not done again")
    func tooLarge() async throws {
        for kind in StoreKind.allCases where kind != .inMemory {
            let store = try await kind.makeStore()
            let once = operations(store)
            let text = String(repeating: "x", count: 500_000)
            #expect(try await once.perform(key: "o-1") { text } == text)
            let error = await #expect(throws: IdempotencyError.self) { try await once.perform(key: "o-1") { text } }
            guard case .resultNotStored("orders#o-1", let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason == "it has 500002 bytes and a record takes 401408")
            // Where the caller does not need it, nothing is given in its place.
            let lenient = operations(store) { $0.unstoredResult = .null }
            #expect(try await lenient.perform(key: "o-1") { String?.some(text) } == nil)
        }
    }

    @Test("a result that has no form in JSON is given and not stored")
    func noForm() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store)
        #expect(try await once.perform(key: "o-1") { ["average": Double.nan] }["average"]?.isNaN == true)
        let error = await #expect(throws: IdempotencyError.self) {
            try await once.perform(key: "o-1") { ["average": 1.0] }
        }
        guard case .resultNotStored(_, "it has no form in JSON, at average") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a stored result of another type is an error that says so and quotes nothing")
    func otherType() async throws {
        let once = operations(try await StoreKind.inMemory.makeStore())
        try await once.perform(key: "o-1") { ["secret": "4111-1111"] }
        let error = await #expect(throws: IdempotencyError.self) { try await once.perform(key: "o-1") { 1 } }
        guard case .unreadableResult("orders#o-1", let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!reason.contains("4111"))
    }

    @Test("work without a result takes whatever is stored for done", arguments: StoreKind.allCases)
    func withoutResult(kind: StoreKind) async throws {
        let once = operations(try await kind.makeStore())
        try await once.perform(key: "o-1") { ["stored": 1] }
        let replays = Counter()
        try await once.perform(key: "o-1", onReplay: { _ in replays.increase() }) {
            Issue.record("it must not run twice")
        }
        #expect(replays.count == 1)
    }

    // MARK: Errors that are outcomes

    @Test("a final error is kept and thrown again as the same value", arguments: StoreKind.allCases)
    func finalError(kind: StoreKind) async throws {
        let store = try await kind.makeStore()
        let once = operations(store) { $0.finalErrors = [.typed(CardDeclined.self) { $0.code >= 400 }] }
        let runs = Counter()
        for _ in 0..<3 {
            await #expect(throws: CardDeclined(code: 402)) {
                try await once.perform(key: "o-1") {
                    runs.increase()
                    throw CardDeclined(code: 402)
                }
            }
        }
        #expect(runs.count == 1)
        let record = try await store.record("orders#o-1")
        #expect(record?.status == .completed)
        #expect(record?.failure == "CardDeclined")
        #expect(record?.data == #"{"code":402}"#)
        // The rule may look at the error, and one that is not final gives the lease back.
        for _ in 0..<2 {
            await #expect(throws: CardDeclined(code: 300)) {
                try await once.perform(key: "o-2") {
                    runs.increase()
                    throw CardDeclined(code: 300)
                }
            }
        }
        #expect(runs.count == 3)
    }

    @Test("a final error that is only described comes back as its name and description")
    func describedError() async throws {
        struct Rejected: Error, CustomStringConvertible {
            let description = "the order is closed"
        }
        let once = operations(try await StoreKind.inMemory.makeStore()) {
            $0.finalErrors = [.described { $0 is Rejected }]
        }
        await #expect(throws: Rejected.self) { try await once.perform(key: "o-1") { throw Rejected() } }
        await #expect(throws: StoredFailure(name: "Rejected", json: #""the order is closed""#)) {
            try await once.perform(key: "o-1") { Issue.record("it must not run twice") }
        }
    }

    @Test("a final error of a kind that is not known any more is still an error")
    func forgottenError() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store) { $0.finalErrors = [.typed(CardDeclined.self, named: "declined")] }
        await #expect(throws: CardDeclined.self) { try await once.perform(key: "o-1") { throw CardDeclined(code: 1) } }
        await #expect(throws: StoredFailure(name: "declined", json: #"{"code":1}"#)) {
            try await operations(store).perform(key: "o-1") { Issue.record("it must not run twice") }
        }
    }

    @Test("cancellation is never final")
    func cancellationIsNotFinal() async throws {
        let store = try await StoreKind.inMemory.makeStore()
        let once = operations(store) { $0.finalErrors = [.described { _ in true }] }
        await #expect(throws: CancellationError.self) {
            try await once.perform(key: "o-1") { throw CancellationError() }
        }
        #expect(try await store.record("orders#o-1") == nil)
    }
}
