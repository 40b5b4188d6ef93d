// What scanning and decoding an event cost, beside JSONDecoder, in one run.

import DynamoDBStreamEvents
import FoundationEssentials

@main
struct EventBenchmarks {
    static func main() throws {
        let event = sampleEvent(recordCount: 10_000)
        print("\(event.count) bytes, 10,000 records")
        // Making the event took memory too; what counts begins here.
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        let before = residentMegabytes(peak: true)
        let scanned = try StreamEvent(event)
        let beyond = residentMegabytes(peak: true) - before
        let scanMultiple = beyond * 1e6 / Double(event.count)
        print("memory beyond the payload: \(rounded(beyond)) MB, \(rounded(scanMultiple)) of it")

        let decoder = AttributeValueDecoder()
        let payload = Array(event)
        try measure("scan and validate", event.count, target: 1_200) { try StreamEvent(payload).records.count }
        try measure("and touch keys, event name, sequence number", event.count, target: 800) {
            try touch(StreamEvent(payload))
        }
        try measure("and decode every new image, Codable", event.count, target: 150) {
            var quantity = 0
            for record in try StreamEvent(payload).records {
                quantity += try record.newImage?.decode(Order.self, using: decoder).quantity ?? 0
            }
            return quantity
        }
        try measure("and decode every new image, Codable with Decimal, Date and an enum", event.count, target: 150) {
            var quantity = 0
            for record in try StreamEvent(payload).records {
                quantity += try record.newImage?.decode(RichOrder.self, using: decoder).quantity ?? 0
            }
            return quantity
        }
        try measure("and decode every new image, ItemDecodable", event.count, target: 400) {
            var quantity = 0
            for record in try StreamEvent(payload).records {
                quantity += try record.newImage?.decode(FastOrder.self, using: decoder).quantity ?? 0
            }
            return quantity
        }
        let changes = changeEvent(recordCount: 10_000)
        try measure("changes with both images, Codable of 4 members", changes.count) {
            try quantities(of: Row.self, in: StreamEvent(changes)) { $0.quantity }
        }
        try measure("changes with both images, ItemDecodable of 4 members", changes.count) {
            try StreamEvent(changes).records.reduce(0) { try $0 + ($1.change(as: FastRow.self).new?.quantity ?? 0) }
        }
        try measure("changes with both images, Codable with Decimal and Date", changes.count) {
            try quantities(of: RichRow.self, in: StreamEvent(changes)) { $0.quantity }
        }
        let data = Data(event)
        try measure("JSONDecoder into Codable structs", event.count, rounds: 5) {
            try JSONDecoder().decode(PlainEvent.self, from: data).Records.count
        }
        print("(\(scanned.records.count) records kept)")
    }

    static func quantities<Model: Decodable>(
        of type: Model.Type,
        in event: StreamEvent,
        _ quantity: (Model) -> Int
    ) throws -> Int {
        try event.records.reduce(0) { try $0 + ($1.change(as: type).new.map(quantity) ?? 0) }
    }

    @inline(never)
    static func touch(_ event: StreamEvent) -> Int {
        var count = 0
        for record in event.records {
            if record.eventName == .insert { count += 1 }
            if record.sequenceNumber != nil { count += 1 }
            if let keys = record.keys, !keys.isEmpty { count += 1 }
        }
        return count
    }

    static func measure(
        _ name: String,
        _ byteCount: Int,
        target: Double? = nil,
        rounds: Int = 31,
        _ work: () throws -> Int
    ) rethrows {
        // An argument picks the measurements whose names contain it.
        if let only = CommandLine.arguments.dropFirst().first, !name.contains(only) { return }
        let clock = ContinuousClock()
        var times: [Double] = []
        var total = 0
        for _ in 0..<rounds {
            let start = clock.now
            total &+= try work()
            let time = clock.now - start
            times.append(Double(time.components.attoseconds) / 1e18 + Double(time.components.seconds))
        }
        times.sort()
        let median = times[times.count / 2]
        let rate = Double(byteCount) / median / 1e6
        let verdict = target.map { rate >= $0 ? "  (at least \($0): holds)" : "  (at least \($0): MISSED)" } ?? ""
        print("\(name): \(rounded(rate)) MB/s, \(rounded(median * 1e3)) ms\(verdict)  [\(total & 1)]")
    }

    static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    /// From /proc, where there is one.
    static func residentMegabytes(peak: Bool) -> Double {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
        let field = peak ? "VmHWM:" : "VmRSS:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field) }) else { return 0 }
        return Double(line.filter(\.isNumber)).map { $0 * 1024 / 1e6 } ?? 0
    }
}
