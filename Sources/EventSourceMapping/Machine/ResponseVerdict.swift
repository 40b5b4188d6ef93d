// Evaluates a function's response as the mapping does.

public import DynamoDBStreamEvents
internal import JSONScanning

/// What an invocation did to its batch.
package enum ResponseVerdict: Equatable {
    /// - Parameter state: the window's new state, where there are windows.
    case success(state: [UInt8]?)
    /// Records from the `firstFailed`th on failed; those before it are done. Never 0.
    case partial(firstFailed: Int, state: [UInt8]?)
    /// Nothing of the batch is done.
    ///
    /// - Parameter reported: the record that the function named, when that is the first one.
    case failed(functionError: String?, reported: SequenceNumber?)
}

/// What a function reported to a mapping that does not read `batchItemFailures`.
public enum UnreadReport {
    /// The position in the batch from which on the records count as lost: a mapping that reads reports would deliver
    /// them again. One rule for all reports: the lowest reported record decides, and a report with an identifier that
    /// is null, misnamed or unknown, or that is not a list, is a report of the whole batch.
    ///
    /// - Returns: nil where the response reports nothing.
    public static func firstFailure(in response: [UInt8], of batch: [SequenceNumber]) -> Int? {
        guard response.mayReportFailures, let root = ResponseReader.object(response) else { return nil }
        switch ResponseReader.reported(in: root, of: batch, state: nil) {
        case .success: return nil
        case .partial(let firstFailed, _): return firstFailed
        case .failed: return batch.isEmpty ? nil : 0
        }
    }
}

/// Reads the responses of a function.
package struct ResponseReader {
    let reportsFailures: Bool
    /// Whether a response must have a state: with tumbling windows, except where one is closed.
    let needsState: Bool
    let unreadable: MappingPolicies.UnreadableResponse

    /// Something about a response that its author should know.
    package enum Finding: Hashable, Sendable {
        case failuresIgnored, unreadable, stateMissing
    }

    package init(
        reportsFailures: Bool,
        needsState: Bool,
        unreadable: MappingPolicies.UnreadableResponse
    ) {
        self.reportsFailures = reportsFailures
        self.needsState = needsState
        self.unreadable = unreadable
    }

    package func verdict(
        on body: [UInt8],
        of batch: [SequenceNumber],
        finding: (Finding) -> Void
    ) -> ResponseVerdict {
        guard reportsFailures || needsState else {
            if UnreadReport.firstFailure(in: body, of: batch) != nil { finding(.failuresIgnored) }
            return .success(state: nil)
        }
        guard let root = Self.object(body) else {
            if needsState {
                finding(.stateMissing)
                return .failed(functionError: nil, reported: nil)
            }
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
            finding(.stateMissing)
            return .failed(functionError: nil, reported: nil)
        }
        guard reportsFailures else {
            if UnreadReport.firstFailure(in: body, of: batch) != nil { finding(.failuresIgnored) }
            return .success(state: state)
        }
        return Self.reported(in: root, of: batch, state: state)
    }

    /// The lowest record that is reported decides; one identifier that is not in the batch fails all of it.
    fileprivate static func reported(in root: JSONNode, of batch: [SequenceNumber], state: [UInt8]?) -> ResponseVerdict
    {
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

    fileprivate static func object(_ body: [UInt8]) -> JSONNode? {
        guard let document = try? JSONDocument(body), document.root.kind == .object else { return nil }
        return document.root
    }

    /// Responses that say nothing: no bytes, `null`, `""`, `[]`.
    private static func isEmpty(_ body: [UInt8]) -> Bool {
        if body.isEmpty { return true }
        guard let root = try? JSONDocument(body).root else { return false }
        return root.isNull || root.isString("") || (root.kind == .array && root.elements.isAtEnd)
    }
}

extension [UInt8] {
    /// Most responses need no parsing: `{"batchItemFailures":[]}` has 24 bytes, and a report has more.
    fileprivate var mayReportFailures: Bool { count > 24 }
}

extension [SequenceNumber] {
    /// A binary search: a batch is in order.
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
