// The options of a live stream: the stream, and the file of the position in it.

import ArgumentParser

struct LiveOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read the stream of this table as it is written to.", valueName: "name"))
    var table: String?

    @Option(
        help: ArgumentHelp(
            "Where DynamoDB Local, LocalStack or moto listens; AWS itself without it.",
            valueName: "http://localhost:8000"
        )
    )
    var endpointUrl: String?

    @Option(
        help: ArgumentHelp(
            "Where the position in the stream is kept, so that a restart continues there; <table>.checkpoint.json by default.",
            valueName: "file"
        )
    )
    var checkpointFile: String?

    @Flag(help: "Send messages to the on-failure destination, not only to --destination-log.")
    var send = false

    @Option(help: ArgumentHelp("End when nothing has come for this long; otherwise at Ctrl-C.", valueName: "10s"))
    var untilIdle: DurationText?

    @Flag(help: "At the end, close the tumbling windows that are still open.")
    var closeWindows = false

    /// An option that was given and needs a table.
    var optionInUse: String? {
        if send { return "--send" }
        if closeWindows { return "--close-windows" }
        if endpointUrl != nil { return "--endpoint-url" }
        if checkpointFile != nil { return "--checkpoint-file" }
        return untilIdle.map { _ in "--until-idle" }
    }
}
