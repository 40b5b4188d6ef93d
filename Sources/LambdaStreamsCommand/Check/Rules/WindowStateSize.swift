// The largest state of a window in a simulation, from its delivery log.

import JSONScanning

struct WindowStateSize {
    /// Lambda ends a window early once its state passes this ("Using Lambda to process records in real time with
    /// DynamoDB tumbling windows": 1 MB).
    static let limit = 1_048_576
    private static let maximumLogSize = 1 << 30

    let largest: Int

    init(log: String) throws(InputFileError) {
        let data = try InputFile(log).read(limit: Self.maximumLogSize)
        var largest = 0
        for line in data.split(separator: UInt8(ascii: "\n")) {
            guard let entry = try? JSONDocument(Array(line)).root, let state = entry["window"]?["state"] else {
                continue
            }
            largest = max(largest, state.jsonText.count)
        }
        self.largest = largest
    }

    var finding: CheckRule.Finding? {
        guard largest >= Self.limit / 2 else { return nil }
        let percent = largest * 100 / Self.limit
        return CheckRule.Finding(
            "A window's state reached \(percent) % of what Lambda carries.",
            because:
                "It was \(largest) bytes in the log. Past 1 MB Lambda ends the window early, and its result comes in "
                + "pieces.",
            fix: "a shorter TumblingWindowInSeconds, or a state of totals rather than of records"
        )
    }
}
