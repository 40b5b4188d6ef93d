// The facts that a verdict needs beside the outcomes of the records.

import EventSourceMapping

struct RunFacts: Sendable {
    /// Records that were in the input more than once.
    var duplicates = 0
    /// Whether the input was not in the order of its sequence numbers.
    var isReordered = false
    /// Records with an image that the mapping's stream does not have.
    var leftOut: LeftOut?
    /// Whether messages to the on-failure destination really were sent.
    var sendsMessages = false
    /// A stream that is written to has no end: there an interruption is one.
    var isLive = false
    /// Whether the run continued an earlier one, so that no new records are expected.
    var isResumed = false
    var isInterrupted = false
    var openWindows: [OpenWindow] = []
    /// What was not read, or cannot be known here.
    var unknowns: [String] = []
    /// Whether the report that was asked for is there.
    var hasReport = true
    /// Why the run ended early, or a file is incomplete.
    var failures: [String] = []
    /// What to do about discarded records.
    var redrive: RedriveAdvice?

    /// What was done to the input.
    var warnings: [String] {
        let reordered = """
            The input is not in the order of its sequence numbers, in which a stream delivers. The records were put into \
            that order.
            """
        return (isReordered ? [reordered] : []) + (leftOut.map { [$0.sentence] } ?? [])
    }

    /// Images that were left out of records, as the stream's view type leaves them out.
    struct LeftOut: Sendable {
        let count: Int
        let view: StreamView

        init(_ count: Int, _ view: StreamView) {
            self.count = count
            self.view = view
        }

        var sentence: String {
            "The table's StreamViewType is \(view.rawValue): \(view.missingImages.sorted().joined(separator: " and ")) "
                + "\(view.missingImages.count == 1 ? "was" : "were") left out of \(count.of("record"))."
        }
    }
}
