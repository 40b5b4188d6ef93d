// Rules about delivery: batch size and concurrency.

extension CheckRule {
    static let deliveryRules = [
        CheckRule("short-timeout", .warning, "a full batch leaves too little time for a record") { $0.timeout },
        CheckRule("little-memory", .warning, "a full batch may not fit into the function's memory") { $0.memory },
        CheckRule(
            "throttled-by-concurrency",
            .warning,
            "one shard alone asks for more than the function may run at once"
        ) { $0.concurrency },
        CheckRule("large-window", .warning, "a window's state may pass the 1 MB that Lambda carries") {
            $0.windowState
        },
        CheckRule(
            "window-state-near-limit",
            .warning,
            "a window's state came near the 1 MB that Lambda carries, in a log of `simulate` (`--log`)"
        ) { $0.largestWindowState?.finding },
    ]
}

extension MappingFacts {
    fileprivate var timeout: CheckRule.Finding? {
        guard let timeout = function?.knownTimeout, let size = batchSize, size > 1 else { return nil }
        let milliseconds = timeout.multipliedReportingOverflow(by: 1000).partialValue / size
        guard milliseconds < 10 || timeout <= 3 && size >= 100 else { return nil }
        return CheckRule.Finding(
            "A full batch leaves \(milliseconds) ms for a record.",
            because:
                "\(size) records in \(timeout) s: one slow call runs the batch out of time, and a timeout fails all of "
                + "it.",
            fix: "Timeout: \(min(900, max(30, size / 20))), or a smaller BatchSize"
        )
    }

    fileprivate var memory: CheckRule.Finding? {
        guard let memory = function?.knownMemorySize, let size = batchSize, size >= 1000, memory < 256 else {
            return nil
        }
        return CheckRule.Finding(
            "A full batch may not fit into \(memory) MB.",
            because: "Lambda sends up to 6 MB of records at once; decoded they take several times that.",
            fix: "MemorySize: 512, or BatchSize: 500"
        )
    }

    fileprivate var concurrency: CheckRule.Finding? {
        guard let reserved = function?.properties["ReservedConcurrentExecutions"]?.integer,
            let factor = parallelizationFactor, reserved < factor, function?.properties["CapacityProviderConfig"] == nil
        else { return nil }
        return CheckRule.Finding(
            "The function may run \(reserved) times at once, and one shard alone asks for \(factor).",
            because:
                "Lambda runs ParallelizationFactor batches of every shard at once. Throttled batches are "
                + "retried, and their records age meanwhile.",
            fix: "ReservedConcurrentExecutions: at least ParallelizationFactor times the number of shards, or none"
        )
    }

    fileprivate var windowState: CheckRule.Finding? {
        guard let window = tumblingWindow, let size = batchSize, window >= 300, size >= 1000 else { return nil }
        return CheckRule.Finding(
            "A window of \(window) s may gather more state than Lambda carries.",
            because:
                "Once the state that the function returns passes 1 MB, Lambda ends the window early, and its result "
                + "comes in pieces.",
            fix:
                "keep the state to totals rather than lists of records; measure it with lambda-streams simulate --log and "
                + "give that log to check --log"
        )
    }
}
