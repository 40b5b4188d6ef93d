// The options of a live stream: the stream, and the file of the position in it.

import ArgumentParser

struct LiveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Read the stream of this table as it is written to; a name or an ARN.", valueName: "name")
    )
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

    func validate() throws {
        guard let table else { return }
        if table.hasPrefix("arn:"), TableReference(arn: table) == nil {
            throw ValidationError(
                "\(table) is not a table's ARN, arn:partition:dynamodb:region:account:table/name: --table takes that, or the "
                    + "table's name."
            )
        }
        guard table.hasPrefix("arn:") || TableReference.isName(table) else {
            throw ValidationError(
                "\(table) is not a table's name: up to 255 letters, digits, hyphens, underscores and dots."
            )
        }
    }

    /// The file of the position in a table's stream.
    func checkpointPath(of table: String) -> String {
        checkpointFile ?? "\(TableReference(arn: table)?.name ?? table).checkpoint.json"
    }

    /// An option that was given and needs a table.
    var optionInUse: String? {
        if send { return "--send" }
        if closeWindows { return "--close-windows" }
        if endpointUrl != nil { return "--endpoint-url" }
        if checkpointFile != nil { return "--checkpoint-file" }
        return untilIdle.map { _ in "--until-idle" }
    }
}
