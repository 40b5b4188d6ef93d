// Why a document cannot be redriven, and what to do about it.

public import JSONScanning

/// A document that cannot be redriven.
///
/// ```swift
/// do {
///     _ = try FailureDocument(request.body)
/// } catch {
///     guard case .kinesis = error.problem else { throw error }
///     print("The message is about a Kinesis stream")
/// }
/// ```
public struct FailureMessageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with a document.
    public enum Problem: Hashable, Sendable {
        /// The document has more bytes than `limit`.
        case tooLarge(byteCount: Int, limit: Int)
        /// The document is not JSON.
        case notJSON(JSONError)
        /// It is JSON of none of the forms that are known; these are its members.
        case unknownForm(found: String)
        /// A member that every document of this form has is missing.
        case missing(member: String)
        /// A member that is something else than it has to be.
        case wrong(member: String, expected: String)
        /// The last sequence number is before the first.
        case reversedRange
        /// The metadata of a Kinesis stream.
        case kinesis
        /// A record of another kind of source: `aws:sqs`, `aws:kinesis`.
        case foreignRecord(source: String)
        /// A record of an event that cannot be replayed.
        case record(position: Int, ReplayRecordError)
        /// The message has a version that this package does not know.
        case unknownVersion(String)
        /// The message describes no records.
        case noRecords
        /// More envelopes in one another than a message has.
        case tooManyEnvelopes
    }

    /// What is wrong.
    public let problem: Problem
    /// The member that holds the document, from the outermost on: `Message`, `Records[0].body`; empty at the top.
    public let place: String

    /// Creates an error, with the member of the document that it is about.
    public init(_ problem: Problem, in place: String = "") {
        self.problem = problem
        self.place = place
    }

    public var description: String {
        let (what, advice) = sentences
        return (place.isEmpty ? what : "in \(place), \(what)") + "; " + advice
    }

    private var sentences: (String, String) {
        switch problem {
        case .tooLarge(let byteCount, let limit):
            (
                "the document has \(byteCount) bytes, more than the \(limit) that are read",
                "redrive its records in parts"
            )
        case .notJSON(let error):
            ("the text is not JSON: \(error)", "redrive the message as its destination received it, unchanged")
        case .unknownForm(let found):
            (
                "this is \(found), not a message of an on-failure destination, a dead letter or a stream record",
                "move it to where it belongs"
            )
        case .missing(let member):
            ("\(member) is missing", "without it nobody knows which records are meant")
        case .wrong(let member, let expected):
            ("\(member) is not \(expected)", "compare it with the message that AWS sent")
        case .reversedRange:
            (
                "endSequenceNumber is before startSequenceNumber",
                "compare both with the message that AWS sent; they are compared as numbers"
            )
        case .kinesis:
            (
                "these are records of a Kinesis stream, which this command does not read",
                "read them with Kinesis's own GetShardIterator and GetRecords, from the numbers in KinesisBatchInfo"
            )
        case .foreignRecord(let source):
            (
                "the record is of \(source), not of a DynamoDB stream",
                source == "aws:sqs" ? "send its body to its queue again" : "replay it from its own source"
            )
        case .record(let position, let error):
            ("record \(position + 1): \(error)", "correct or remove that record")
        case .unknownVersion(let version):
            ("its version is \(version), and only 1.x is known here", "use a newer version of this command")
        case .noRecords:
            ("there are no records in it", "there is nothing to redrive; delete it")
        case .tooManyEnvelopes:
            ("messages are wrapped in one another more than \(FailureDocument.maximumEnvelopeCount) times", "unwrap it")
        }
    }
}
