// What of a stream is redriven, and where its progress is kept.

import ArgumentParser
import DynamoDBStreamEvents
import RecordReplay

struct RedriveStreamOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only this shard of the stream; all of them by default.", valueName: "shard"))
    var shard: String?

    @Option(
        help: ArgumentHelp("With --shard: begin with the record of this sequence number.", valueName: "number")
    )
    var sequenceNumber: String?

    @Option(
        help: ArgumentHelp(
            "Where the progress is kept. A run that finds the file goes on from there.",
            valueName: "file"
        )
    )
    var progressFile: String?

    /// The first of these options that is given.
    var given: String? {
        shard.map { _ in "--shard" } ?? sequenceNumber.map { _ in "--sequence-number" }
            ?? progressFile.map { _ in "--progress-file" }
    }

    func validate() throws {
        guard let sequenceNumber else { return }
        guard shard != nil else {
            throw ValidationError("--sequence-number needs --shard: it is a place in one shard.")
        }
        guard SequenceNumber(sequenceNumber) != nil else {
            throw ValidationError("--sequence-number takes the digits of a sequence number.")
        }
    }

    /// - Parameter since: where the reading begins unless a sequence number says so; with the oldest record when nil.
    func options(since: MomentText?) -> StreamReadOptions {
        var options = StreamReadOptions()
        options.shardID = shard
        if let number = sequenceNumber.flatMap({ SequenceNumber($0) }) {
            options.start = .position(number)
        } else if let since {
            options.start = .time(since.instant)
        }
        return options
    }
}
