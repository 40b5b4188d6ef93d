// Where the records come from: a file, standard input, or a plan to make them up by.

import ArgumentParser

struct RecordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "An event, an array of records, JSON lines or the output of GetRecords; - for standard input.",
            valueName: "file"
        )
    )
    var records: String?

    @Option(help: ArgumentHelp("Make up so many changes of orders.", valueName: "count"))
    var generate: Int?

    @Option(help: "With --generate: how many items the changes are spread over.")
    var keys = 100

    @Option(help: ArgumentHelp("With --generate: changes a second.", valueName: "number/s"))
    var rate = "100/s"

    @Option(help: "With --generate: how many shards.")
    var shards = 1

    var isEmpty: Bool { records == nil && generate == nil }

    func read(seed: UInt64) throws -> [RecordText] {
        if let records { return try RecordFile(records).records() }
        guard let generate else { throw SettingsError.noRecords }
        let perSecond = rate.hasSuffix("/s") ? Double(rate.dropLast(2)) : Double(rate)
        guard let perSecond, perSecond > 0, perSecond.isFinite else {
            throw RecordError.malformedOption(name: "rate", text: rate, expected: "200/s")
        }
        for (name, value, limit) in [
            ("generate", generate, RecordFile.maximumRecordCount), ("keys", keys, 1_000_000), ("shards", shards, 1000),
        ] {
            guard (1...limit).contains(value) else {
                throw RecordError.malformedOption(
                    name: name,
                    text: String(value),
                    expected: "a number of 1 to \(limit)"
                )
            }
        }
        return GeneratedRecords(count: generate, keys: keys, rate: perSecond, shards: shards, seed: seed).records()
    }
}
