// Faults to rehearse: how often each happens to an invocation.

import ArgumentParser

struct FaultOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How often Lambda throttles an invocation: 0.1 or 10%.", valueName: "probability"))
    var throttle = Probability(0)

    @Option(
        help: ArgumentHelp(
            "How often an invocation runs out of time after it has done its work.",
            valueName: "probability"
        )
    )
    var timeout = Probability(0)

    @Option(help: ArgumentHelp("How often the function's process is killed at its work.", valueName: "probability"))
    var kill = Probability(0)

    @Option(help: ArgumentHelp("How often an event is delivered twice.", valueName: "probability"))
    var duplicate = Probability(0)

    @Option(
        help: ArgumentHelp(
            "How often a message cannot be sent to the on-failure destination.",
            valueName: "probability"
        )
    )
    var undeliverable = Probability(0)

    @Option(help: ArgumentHelp("How many of the first messages cannot be sent.", valueName: "count"))
    var undeliverableFirst = 0

    @Option(
        help: ArgumentHelp("When the stream cannot be read, from the mapping's start: 10s-2min.", valueName: "from-to")
    )
    var outage: SpanText?

    @Option(help: "What faults, request ids and generated records are drawn from: the same seed, the same run.")
    var seed: UInt64 = 0

    /// An option that was given and needs a destination.
    var destinationOptionInUse: String? {
        if undeliverable.value > 0 { return "--undeliverable" }
        return undeliverableFirst > 0 ? "--undeliverable-first" : nil
    }

    func validate() throws {
        guard (0...1_000_000_000).contains(undeliverableFirst) else {
            throw ValidationError("--undeliverable-first takes 0 to 1000000000.")
        }
    }
}
