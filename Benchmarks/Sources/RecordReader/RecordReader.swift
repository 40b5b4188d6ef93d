// A function that handles every record through `BatchProcessor`: by the name in `_HANDLER` raw, decoded in three ways, or
// with a log line for each.

import LambdaStreams

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct RecordReader {
    static func main() async throws {
        switch getenv("_HANDLER").map({ String(cString: $0) }) {
        case "raw":
            let processor = BatchProcessor { (record: StreamRecord, _: RecordContext) in
                guard let keys = record.keys, !keys.isEmpty, record.sequenceNumber != nil else { throw Unexpected() }
            }
            try await LambdaRuntime(processor).run()
        case "codable":
            let processor = BatchProcessor { (change: ItemChange<Row>, _: RecordContext) in
                guard change.new?.status.isEmpty == false else { throw Unexpected() }
            }
            try await LambdaRuntime(processor).run()
        case "item":
            let processor = BatchProcessor { (change: ItemChange<ItemRow>, _: RecordContext) in
                guard change.new?.status.isEmpty == false else { throw Unexpected() }
            }
            try await LambdaRuntime(processor).run()
        case "decimal":
            let processor = BatchProcessor(order: .perKey(maxConcurrency: 16)) {
                (change: ItemChange<RichRow>, _: RecordContext) in
                guard change.new?.status.isEmpty == false else { throw Unexpected() }
            }
            try await LambdaRuntime(processor).run()
        case "log":
            let processor = BatchProcessor { (record: StreamRecord, context: RecordContext) in
                context.logger.info("the order was projected")
            }
            try await LambdaRuntime(processor).run()
        default: throw Unexpected()
        }
    }

    struct Unexpected: Error {}
}

/// The orders of the events, as the compiler decodes them.
struct Row: Decodable {
    let id: String
    let total: Double
    let status: String
    let updatedAt: Int
}

/// The same with Foundation's types.
struct RichRow: Decodable {
    let id: String
    let total: Decimal
    let status: String
    let updatedAt: Date
}

/// The same as `@StreamItem` writes it, whose trait would have the benchmarks build swift-syntax.
struct ItemRow: ItemDecodable {
    let id: String
    let total: Double
    let status: String
    let updatedAt: Int

    init(from reader: inout ItemReader) throws {
        id = try reader.read("id")
        total = try reader.read("total")
        status = try reader.read("status")
        updatedAt = try reader.read("updatedAt")
    }
}
