// What can be wrong with a file of messages.

/// A file that cannot be redriven, or not any further.
///
/// ```swift
/// let recovery = FailureRecovery(reader: StreamRangeReader(DynamoDBStreamsClient()))
/// do {
///     try await MessageFileSource(path: "orders-failed.jsonl", recovery: recovery).open()
/// } catch MessageFileError.inUse(let path) {
///     print("\(path) is being redriven by another process")
/// }
/// ```
public enum MessageFileError: Error, Hashable, Sendable {
    /// The system's reason.
    case unreadable(path: String, reason: String)
    /// A file beside it cannot be written. The system's reason.
    case notWritable(path: String, reason: String)
    /// The document that begins at this line has more bytes than `limit`.
    case documentTooLarge(line: Int, limit: Int)
    /// The list that begins at this line has no end.
    case listDoesNotEnd(line: Int)
    /// Another redrive has the file.
    case inUse(path: String)
    /// What an earlier redrive left would be overwritten.
    case remainderExists(path: String)
    /// What an earlier redrive left was redriven by itself, or is being redriven.
    case remainderInUse(path: String)
    /// The progress file is about another file, or about an earlier state of this one.
    case foreignProgress(path: String, progress: String)
    /// The progress file is damaged.
    case unreadableProgress(path: String)
}

extension MessageFileError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)."
        case .notWritable(let path, let reason): "\(path) cannot be written: \(reason)."
        case .documentTooLarge(let line, let limit):
            """
            The document that begins in line \(line) has more than \(limit) bytes. Is a bracket missing? Write each \
            message on a line of its own.
            """
        case .listDoesNotEnd(let line): "The list does not end: the file is cut off in line \(line). Complete it."
        case .inUse(let path): "Another redrive of \(path) is under way. Wait for its end."
        case .remainderExists(let path):
            """
            \(path) is there already: it holds what an earlier redrive left. Redrive that file, move it away, or name \
            another one with --remaining.
            """
        case .remainderInUse(let path):
            """
            \(path), which an earlier redrive left, was redriven by itself. Go on with that file, or delete its progress \
            file to redrive all of it from here.
            """
        case .foreignProgress(let path, let progress):
            """
            \(path) is not as \(progress) describes it: it was changed before the place where an earlier redrive ended. \
            Delete \(progress) to begin at its start.
            """
        case .unreadableProgress(let path):
            "\(path) is not the progress file of a redrive. Delete it to begin at the start."
        }
    }
}
