// What the snippets of the articles refer to without declaring it. `Scripts/snippets.py` compiles them against this.

public import Foundation
public import LambdaStreamsAWS
public import RuntimeAPIServer

public struct Order: Codable, Sendable {
    public let id: String
    public let total: Decimal
    public init(id: String, total: Decimal) {
        self.id = id
        self.total = total
    }
}

public struct InvalidOrder: Error {
    public init() {}
}

public struct Totals: Codable, Sendable {
    public init() {}
    public mutating func add(_ amount: Decimal) {}
}

public struct Request: Codable, Sendable {
    public let name: String
    public let body: [UInt8]
}

public struct Reply: Codable, Sendable {
    public init(greeting: String) {}
}

public struct Limiter: Sendable {
    public func wait() async throws {}
}

public struct Database: Sendable {
    public func greeting(for name: String) async throws -> String { name }
}

public func notify(_ change: ItemChange<Order>) async throws {}
public func notify(_ order: Order) async throws {}
public func notify(_ change: ItemChange<Order>, _ context: RecordContext<StreamRecord>) async throws {}
public func project(_ change: ItemChange<Order>) async throws {}
public func publish(_ totals: some Codable, once key: String) async throws {}
public func save(_ json: String, reason: String, deliveries: Int) async throws {}
public func customerNames(of ids: [String]) async throws -> [String: String] { [:] }
public func charge(_ order: Order) async throws -> String { order.id }
public func connect() async throws -> Database { Database() }
public func flush() async {}
public func record(_ payload: [UInt8]) async throws {}
public func addToTotal(_ order: Order) -> UpdateItem {
    UpdateItem(["id": "total"], in: "totals", update: "ADD n :one")
}

// Values that only have a type.
public var order: Order { fatalError() }
public var tenant: String { fatalError() }
public var number: SequenceNumber { fatalError() }
public var record: StreamRecord { fatalError() }
public var receipt: Item { fatalError() }
public var request: Request { fatalError() }
public var event: StreamEvent { fatalError() }
public var context: LambdaContext { fatalError() }
public var limiter: Limiter { fatalError() }
public var queueURL: String { fatalError() }
public var store: DynamoDBIdempotencyStore { fatalError() }
public var once: IdempotentOperations<DynamoDBIdempotencyStore> { fatalError() }
public var sink: InMemoryDeadLetterSink { fatalError() }
public var processor: BatchProcessor<StreamRecord> { fatalError() }
public var server: RuntimeAPIServer { fatalError() }

// SwiftPM generates this for a target with resources.
extension Bundle {
    public static var module: Bundle { .main }
}
