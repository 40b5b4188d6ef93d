// What the mapping makes of a function's answer.

internal import DynamoDBStreamEvents
internal import JSONScanning

/// What an invocation did to its batch.
enum ResponseVerdict: Equatable {
    /// - Parameter state: the window's new state, where there are windows.
    case success(state: [UInt8]?)
    /// Records from the `firstFailed`th on failed; those before it are done. Never 0.
    case partial(firstFailed: Int, state: [UInt8]?)
    /// Nothing of the batch is done.
    ///
    /// - Parameter reported: the record that the function named, when that is the first one.
    case failed(functionError: String?, reported: SequenceNumber?)
}

/// Reads the answers of a function.
struct ResponseReader {
    let reportsFailures: Bool
    /// Whether an answer must have a state: with tumbling windows, except where one is closed.
    let needsState: Bool
    let unreadable: MappingPolicies.UnreadableResponse

    /// Something about an answer that its author should know.
    enum Finding: Hashable, Sendable {
        case failuresIgnored, unreadable
    }

    func verdict(
        on body: [UInt8],
        of batch: [SequenceNumber],
        finding: (Finding) -> Void
    ) -> ResponseVerdict {
        guard reportsFailures || needsState else {
            if body.mayReportFailures, let failures = Self.object(body)?["batchItemFailures"], failures.kind == .array,
                !failures.elements.isAtEnd
            {
                finding(.failuresIgnored)
            }
            return .success(state: nil)
        }
        guard let root = Self.object(body) else {
            if needsState { return .failed(functionError: nil, reported: nil) }
            guard !Self.isEmpty(body) else { return .success(state: nil) }
            finding(.unreadable)
            return unreadable == .succeeds ? .success(state: nil) : .failed(functionError: nil, reported: nil)
        }
        let state = root["state"].map { node in
            // Without its line breaks, so that the delivery log can have it in one line.
            var json: [UInt8] = []
            json.appendCompact(node.jsonText)
            return json
        }
        // A state of null carries nothing on, as no state does.
        if needsState, state == nil || root["state"]?.isNull == true {
            return .failed(functionError: nil, reported: nil)
        }
        guard reportsFailures else {
            if let failures = root["batchItemFailures"], failures.kind == .array, !failures.elements.isAtEnd {
                finding(.failuresIgnored)
            }
            return .success(state: state)
        }
        return Self.reported(in: root, of: batch, state: state)
    }

    /// The lowest record that is reported decides; one identifier that is none of the batch fails all of it.
    private static func reported(in root: JSONNode, of batch: [SequenceNumber], state: [UInt8]?) -> ResponseVerdict {
        guard let failures = root["batchItemFailures"], !failures.isNull else { return .success(state: state) }
        let failed = ResponseVerdict.failed(functionError: nil, reported: nil)
        guard failures.kind == .array else { return failed }
        var lowest: Int?
        for failure in failures.elements {
            guard let identifier = failure["itemIdentifier"], identifier.kind == .string,
                let number = identifier.textBytes.flatMap({ SequenceNumber($0) }),
                let position = batch.position(of: number)
            else { return failed }
            lowest = min(lowest ?? position, position)
        }
        guard let lowest else { return .success(state: state) }
        if lowest == 0 { return .failed(functionError: nil, reported: batch[0]) }
        return .partial(firstFailed: lowest, state: state)
    }

    private static func object(_ body: [UInt8]) -> JSONNode? {
        guard let document = try? JSONDocument(body), document.root.kind == .object else { return nil }
        return document.root
    }

    /// Answers that say nothing: no bytes, `null`, `""`, `[]`.
    private static func isEmpty(_ body: [UInt8]) -> Bool {
        if body.isEmpty { return true }
        guard let root = try? JSONDocument(body).root else { return false }
        return root.isNull || root.isString("") || (root.kind == .array && root.elements.isAtEnd)
    }
}

extension [UInt8] {
    /// A glance that spares most answers the look: nothing short has a failure in it.
    fileprivate var mayReportFailures: Bool { count > 40 }
}

extension [SequenceNumber] {
    /// By halving, for a batch is in order.
    fileprivate func position(of number: SequenceNumber) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == number ? low : nil
    }
}
