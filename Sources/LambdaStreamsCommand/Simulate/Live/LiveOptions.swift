// A live stream: where it is, and where the place in it is kept.

import ArgumentParser

struct LiveOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read the stream of this table as it is written to.", valueName: "name"))
    var table: String?
}
