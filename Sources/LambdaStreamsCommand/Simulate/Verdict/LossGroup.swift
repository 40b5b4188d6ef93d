// Losses of one reason, said in one sentence.

struct LossGroup {
    private let losses: [Verdict.Loss]

    /// More ranges than that are in the report and the log.
    private static let maximumRanges = 3

    /// In the order in which the reasons first come.
    static func groups(of losses: [Verdict.Loss]) -> [LossGroup] {
        var order: [String] = []
        var groups: [String: [Verdict.Loss]] = [:]
        for loss in losses {
            let key = "\(loss.hasMessage) \(loss.count == 0) \(loss.reason)"
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(loss)
        }
        return order.compactMap { groups[$0] }.map { LossGroup(losses: $0) }
    }

    /// - Parameter sends: whether messages really were sent.
    func sentence(destination: String?, sends: Bool) -> String {
        guard let first = losses.first else { return "" }
        let count = losses.reduce(0) { $0 + $1.count }
        let what =
            count == 0 ? "The end of \(losses.count == 1 ? "a window" : losses.count.of("window"))" : count.of("record")
        let ranges = losses.map(\.range).filter { !$0.isEmpty }
        var places = ranges.prefix(Self.maximumRanges).joined(separator: ", ")
        if ranges.count > Self.maximumRanges { places += " and \((ranges.count - Self.maximumRanges).grouped) more" }
        let messages = losses.count.of("message")
        let sent = sends ? "\(losses.count == 1 ? "was" : "were") sent" : "would have been sent"
        let message =
            first.hasMessage
            ? "\(messages) \(sent) to \(destination ?? "the on-failure destination")" : "no message was sent"
        return "\(what)\(places.isEmpty ? "" : " (\(places))"): \(first.reason); \(message)."
    }
}
