// The source of the records: a file, standard input, or a plan for generating them.

import ArgumentParser
import EventSourceMapping

struct RecordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "An event, an array of records, JSON lines or the output of GetRecords; - for standard input.",
            valueName: "file"
        )
    )
    var records: String?

    @Option(help: ArgumentHelp("Generate this many changes of orders.", valueName: "count"))
    var generate: Int?

    @Option(help: "With --generate: how many items the changes are spread over; 100 by default.")
    var keys: Int?

    @Option(help: ArgumentHelp("With --generate: changes a second; 100 by default.", valueName: "number/s"))
    var rate: RateText?

    @Option(help: "With --generate: how many shards; 1 by default.")
    var shards: Int?

    func validate() throws {
        guard records == nil || generate == nil else {
            throw ValidationError("Give either --records or --generate: the records come from one place.")
        }
        for (name, value, limit) in [
            ("generate", generate ?? 1, RecordFile.maximumRecordCount), ("keys", keys ?? 1, 1_000_000),
            ("shards", shards ?? 1, 1000),
        ] {
            guard (1...limit).contains(value) else { throw ValidationError("--\(name) takes 1 to \(limit).") }
        }
        let plan = keys.map { _ in "--keys" } ?? rate.map { _ in "--rate" } ?? shards.map { _ in "--shards" }
        if let plan, generate == nil {
            throw ValidationError("\(plan) needs --generate: it says how records are generated.")
        }
    }

    /// The option that names the source of the records.
    var source: String? { records.map { _ in "--records" } ?? generate.map { _ in "--generate" } }

    /// - Parameter view: the images that the mapping's stream has; nil where that is not known.
    func read(seed: UInt64, view: StreamView? = nil) throws -> [RecordText] {
        if let records { return try RecordFile(records, view: view).records() }
        return try GeneratedRecords(
            count: generate ?? 0,
            keys: keys ?? 100,
            rate: rate?.perSecond ?? 100,
            shards: shards ?? 1,
            seed: seed,
            view: view ?? .newAndOldImages
        ).records()
    }
}

/// A rate: `200/s` or `200`.
struct RateText: ExpressibleByArgument, Sendable {
    let perSecond: Double

    init(perSecond: Double) { self.perSecond = perSecond }

    init?(argument: String) {
        guard let value = Double(argument.hasSuffix("/s") ? argument.dropLast(2) : argument[...]), value > 0,
            value.isFinite
        else { return nil }
        perSecond = value
    }

    var defaultValueDescription: String { "\(Int(perSecond))/s" }
}
