// Chooses the exchanges that fail, by a closure, or at random and repeatably.

internal import SeededNumbers

/// Decides at the head of each request.
///
/// ```swift
/// server.faults = FaultScript { exchange in
///     exchange.kind == .response ? Fault(.reset(.withinHead), .afterProcessing) : nil
/// }
/// ```
public struct FaultScript: Sendable {
    /// The fault of an exchange, if any.
    public let fault: @Sendable (Exchange) -> Fault?

    /// - Parameter fault: called from the server's threads, one request at a time; nil for no fault.
    public init(_ fault: @escaping @Sendable (Exchange) -> Fault?) {
        self.fault = fault
    }

    /// Faults of every kind in one of `oneIn` exchanges. The same seed and order of requests give the same faults.
    ///
    /// - Parameters:
    ///   - seed: the number from which the faults are drawn.
    ///   - oneIn: the mean number of exchanges for each fault.
    ///   - kinds: the requests that may go wrong.
    ///   - delay: the longest delay, and the longest time that connections are refused.
    public static func random(
        seed: UInt64,
        oneIn: Int = 5,
        kinds: Set<Exchange.Kind> = [.next, .response, .error],
        delay: Duration = .milliseconds(20)
    ) -> FaultScript {
        FaultScript { exchange in
            var random = SplitMix64(seed: seed &+ UInt64(truncatingIfNeeded: exchange.number) &* 0x9E37_79B9_7F4A_7C15)
            guard kinds.contains(exchange.kind), Int.random(in: 0..<max(1, oneIn), using: &random) == 0 else {
                return nil
            }
            let moment: Fault.Moment = Bool.random(using: &random) ? .beforeProcessing : .afterProcessing
            return Fault(.random(of: exchange.kind, upTo: delay, using: &random), moment)
        }
    }
}

extension Fault.Effect {
    fileprivate static func random(
        of kind: Exchange.Kind,
        upTo delay: Duration,
        using random: inout SplitMix64
    ) -> Self {
        let places: [Fault.Place] = [.beforeHead, .withinHead, .afterHead, .withinBody]
        let place = places[Int.random(in: 0..<places.count, using: &random)]
        let pause = delay * Int.random(in: 0...100, using: &random) / 100
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .refuse(pause)
        case 1: return .close
        case 2, 3: return .reset(place)
        case 4: return .truncate(place)
        case 5: return .delay(pause)
        case 6: return .duplicate
        case 7:
            // 403 and 500 of `/next` tell a process to end, so they are not faults.
            let statuses = [204, 301, 400, 404, 410, 413, 429, 502, 503] + (kind == .next ? [] : [403])
            return .status(statuses[Int.random(in: 0..<statuses.count, using: &random)])
        case 8: return .oversized(byteCount: 7 * 1024 * 1024)
        case 9:
            let headers: [[String: String?]] = [
                ["Lambda-Runtime-Deadline-Ms": "soon"], ["Lambda-Runtime-Deadline-Ms": "99999999999999999999"],
                ["Lambda-Runtime-Client-Context": "{"], ["Lambda-Runtime-Trace-Id": nil],
                ["Lambda-Runtime-Aws-Request-Id": nil],
            ]
            return .headers(headers[Int.random(in: 0..<headers.count, using: &random)])
        case 10:
            let lines = ["no colon at all", ": no name", "Spaced Name: value", "X-Control: \u{1}\u{7F}"]
            return .malformedHeader(lines[Int.random(in: 0..<lines.count, using: &random)])
        default:
            let count = Int.random(in: 0...2048, using: &random)
            return Bool.random(using: &random)
                ? .garbage((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
                : .closeWhenIdle
        }
    }
}
