// Options that have no effect together are refused instead of ignored.

import ArgumentParser

extension RedriveCommand {
    func validate() throws {
        if save != nil {
            guard target.target == nil else {
                throw ValidationError("--save keeps records and replays none: leave the function out.")
            }
            guard !pace.dryRun else {
                throw ValidationError("--save and --dry-run do not go together: give one of them.")
            }
        } else if target.target == nil, !pace.dryRun {
            throw ValidationError("Say where the records go: --to function NAME, --to file PATH, or -- ./bootstrap")
        }
        if case .file = from {
        } else if remaining != nil {
            throw ValidationError("--remaining is for files: what remains of a queue or a bucket stays there.")
        }
        if deleteObjects, case .file = from {
            throw ValidationError("--delete-objects is for buckets, and for queues with notifications of S3.")
        }
        if let time = visibilityTimeout?.duration {
            guard case .queue = from else { throw ValidationError("--visibility-timeout is for queues.") }
            guard (.seconds(3) ... .seconds(43_200)).contains(time) else {
                throw ValidationError("--visibility-timeout takes 3s to 12h.")
            }
        }
        if skipIfNewer?.isEmpty == true {
            throw ValidationError("--skip-if-newer takes an attribute's name, or \"image\".")
        }
        if skipIfNewer != nil, guardKind != nil {
            throw ValidationError("Give either --guard last-applied or --skip-if-newer: one of them decides.")
        }
        try validateStream()
    }

    private func validateStream() throws {
        guard case .stream = from else {
            if let option = stream.given { throw ValidationError("\(option) is for --from stream:ARN.") }
            return
        }
        let ofMessages =
            save.map { _ in "--save" } ?? (discardLost ? "--discard-lost" : nil)
            ?? (deleteObjects ? "--delete-objects" : nil)
        if let ofMessages {
            throw ValidationError(
                "\(ofMessages) is for messages: a stream keeps its records for 24 hours, whatever becomes of them. "
                    + "--to file PATH keeps them longer."
            )
        }
        if stream.sequenceNumber != nil, pace.since != nil {
            throw ValidationError("Give either --sequence-number or --since: the reading has one beginning.")
        }
    }
}
