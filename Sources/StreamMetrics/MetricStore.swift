// The values recorded since the last line, and the line that reports them.

internal import JSONScanning
internal import LambdaFunctions
internal import SharedState

/// Names a metric.
struct MetricKey: Hashable, Sendable {
    enum Unit: String, Sendable {
        case count = "Count"
        case milliseconds = "Milliseconds"
        case none = "None"
    }

    let label: String
    let dimensions: [Dimension]
    let unit: Unit
    /// Whether a new value replaces the one before.
    let keepsLastOnly: Bool

    struct Dimension: Hashable, Sendable {
        let name: String
        let value: String
    }

    init(_ label: String, _ dimensions: [(String, String)], _ unit: Unit, keepsLastOnly: Bool = false) {
        self.label = label
        self.dimensions = dimensions.map { Dimension(name: $0.0, value: $0.1) }
        self.unit = unit
        self.keepsLastOnly = keepsLastOnly
    }
}

/// The values of all metrics since they were last taken, in the order in which the metrics were first seen.
final class MetricStore: Sendable {
    private struct State {
        var values: [MetricKey: [Double]] = [:]
        var order: [MetricKey] = []
    }

    private let state = Guarded(State())

    /// The format's own bounds on one line: the values of one metric, and the metrics.
    private static let valuesPerLine = 100
    private static let metricsPerLine = 100

    func add(_ amount: Double, to key: MetricKey) {
        change(key) { values in
            if values.isEmpty { values.append(amount) } else { values[0] += amount }
        }
    }

    func append(_ value: Double, to key: MetricKey) {
        // JSON has no spelling for them, and CloudWatch no use.
        guard value.isFinite else { return }
        change(key) { values in
            if key.keepsLastOnly { values = [value] } else { values.append(value) }
        }
    }

    func forget(_ key: MetricKey) {
        state.withLock { state in
            state.values[key] = nil
            state.order.removeAll { $0 == key }
        }
    }

    private func change(_ key: MetricKey, _ body: (inout [Double]) -> Void) {
        state.withLock { state in
            if state.values[key] == nil { state.order.append(key) }
            body(&state.values[key, default: []])
        }
    }

    /// Takes everything, as the lines it makes.
    func takeLines() -> [MetricLine] {
        let (values, order) = state.withLock { state in
            defer { state = State() }
            return (state.values, state.order)
        }
        var lines: [MetricLine] = []
        for key in order {
            var rest = (values[key] ?? [])[...]
            var part = 0
            while !rest.isEmpty {
                let metric = MetricLine.Metric(key: key, values: Array(rest.prefix(Self.valuesPerLine)))
                rest = rest.dropFirst(Self.valuesPerLine)
                if let line = lines.firstIndex(where: { $0.takes(key, part: part, upTo: Self.metricsPerLine) }) {
                    lines[line].metrics.append(metric)
                } else {
                    lines.append(MetricLine(dimensions: key.dimensions, part: part, metrics: [metric]))
                }
                part += 1
            }
        }
        return lines
    }
}

/// One line of the log: metrics of the same dimensions.
struct MetricLine {
    struct Metric {
        let key: MetricKey
        let values: [Double]
    }

    let dimensions: [MetricKey.Dimension]
    let part: Int
    var metrics: [Metric]

    /// The format's bound on the dimensions of a metric.
    private static let dimensionLimit = 30

    /// Whether one more metric belongs on this line. Two metrics of one name, which differ in their units, do not share one.
    func takes(_ key: MetricKey, part: Int, upTo limit: Int) -> Bool {
        dimensions == key.dimensions && self.part == part && metrics.count < limit
            && !metrics.contains { $0.key.label == key.label }
    }

    func json(namespace: String, functionName: String?, requestID: String?) -> [UInt8] {
        var dimensions = dimensions
        if let functionName { dimensions.append(.init(name: "FunctionName", value: functionName)) }
        // Those beyond the bound stay on the line as members, where Logs Insights finds them.
        let dimensionNames = dimensions.prefix(Self.dimensionLimit).map(\.name)
        var json: [UInt8] = []
        json.appendJSON(#"{"_aws":{"Timestamp":"#)
        json.appendJSONInteger(LambdaClock.now.millisecondsSinceEpoch)
        json.appendJSON(#","CloudWatchMetrics":[{"Namespace":"#)
        json.appendJSONString(namespace)
        json.appendJSON(#","Dimensions":[["#)
        for (index, name) in dimensionNames.enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSONString(name)
        }
        json.appendJSON(#"]],"Metrics":["#)
        for (index, metric) in metrics.enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSON(#"{"Name":"#)
            json.appendJSONString(metric.key.label)
            json.appendJSON(#","Unit":"#)
            json.appendJSONString(metric.key.unit.rawValue)
            json.appendJSON("}")
        }
        json.appendJSON("]}]}")
        for dimension in dimensions { json.appendMember(dimension.name) { $0.appendJSONString(dimension.value) } }
        if let requestID { json.appendMember("requestId") { $0.appendJSONString(requestID) } }
        for metric in metrics { json.appendMember(metric.key.label) { $0.appendValues(metric.values) } }
        json.appendJSON("}\n")
        return json
    }
}

extension [UInt8] {
    fileprivate mutating func appendMember(_ name: String, _ value: (inout [UInt8]) -> Void) {
        appendJSON(",")
        appendJSONString(name)
        appendJSON(":")
        value(&self)
    }

    fileprivate mutating func appendValues(_ values: [Double]) {
        if values.count != 1 { appendJSON("[") }
        for (index, value) in values.enumerated() {
            if index > 0 { appendJSON(",") }
            if let whole = Int64(exactly: value) {
                appendJSONInteger(whole)
            } else {
                append(contentsOf: "\(value)".utf8)
            }
        }
        if values.count != 1 { appendJSON("]") }
    }
}
