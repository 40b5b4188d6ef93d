// Durations in options: 200ms, 3s, 2min, 24h.

import ArgumentParser
import EventSourceMapping

struct DurationText: ExpressibleByArgument, Sendable {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        let units: [(String, Double)] = [("ms", 0.001), ("min", 60), ("s", 1), ("h", 3600)]
        for (unit, seconds) in units where argument.hasSuffix(unit) {
            guard let value = Double(argument.dropLast(unit.count)), value >= 0, value.isFinite, value * seconds < 1e9
            else {
                return nil
            }
            duration = .milliseconds(Int64((value * seconds * 1000).rounded()))
            return
        }
        return nil
    }

    var defaultValueDescription: String {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}

/// A span of time from a common start: `10s-2min`.
struct SpanText: ExpressibleByArgument, Sendable {
    let from: Duration
    let to: Duration

    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let from = DurationText(argument: parts[0]), let to = DurationText(argument: parts[1]),
            from.duration < to.duration
        else { return nil }
        self.from = from.duration
        self.to = to.duration
    }
}

/// A moment in ISO 8601: `2026-01-01T00:00:00Z`.
struct MomentText: ExpressibleByArgument, Sendable {
    let instant: MappingInstant

    init?(argument: String) {
        guard let instant = MappingInstant(iso8601: argument) else { return nil }
        self.instant = instant
    }
}

/// A probability between 0 and 1; `20%` is 0.2.
struct Probability: ExpressibleByArgument, Sendable {
    let value: Double

    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        guard let number = Double(isPercent ? argument.dropLast() : argument[...]) else { return nil }
        let value = isPercent ? number / 100 : number
        guard (0...1).contains(value) else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { "\(value)" }
}
