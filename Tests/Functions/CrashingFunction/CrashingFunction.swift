// A function that one record crashes, with a crash journal: run under the emulator by the tests.

import LambdaStreams

@main
struct CrashingFunction {
    static func main() async throws {
        let settings = BatchSettings(onFailure: .stop, crashJournal: CrashJournal())
        let processor = BatchProcessor(order: .perKey(maxConcurrency: 4), settings: settings) {
            (record: StreamRecord, context: RecordContext) in
            context.logger.info("handling")
            let isTrap = record.newImage?["status"] == .string("TRAP")
            // Its neighbours take longer, so that they run at the time of the crash.
            try await Task.sleep(for: .milliseconds(isTrap ? 100 : 300))
            guard !isTrap else { fatalError("this record is a trap") }
        }
        .deadLettered(after: 5, to: JSONLinesDeadLetterSink(path: "/tmp/dead-letters.jsonl"))
        try await LambdaRuntime(processor).run()
    }
}
