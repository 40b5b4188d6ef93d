// What libFuzzer calls for messages of on-failure destinations: whatever the bytes, nothing traps, each refusal is a
// sentence, and a document that was read can be written smaller and read again.

import DynamoDBStreamEvents
import EventSourceMapping
import JSONScanning

@testable import RecordReplay

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    read(bytes)
    var rest = bytes[...]
    var splitter = DocumentSplitter(maximumByteCount: 1 << 20) { count in
        let piece = rest.prefix(min(count, 7))
        rest = rest.dropFirst(piece.count)
        return Array(piece)
    }
    var pieces = 0
    while let piece = try? splitter.next() {
        precondition(!piece.bytes.isEmpty, "a document of no bytes")
        pieces += 1
        precondition(pieces <= count, "there are more documents than bytes")
    }
    return 0
}

private func read(_ bytes: [UInt8]) {
    let document: FailureDocument
    do {
        document = try FailureDocument(bytes)
    } catch {
        precondition("\(error)".contains("; "), "an error that does not say what to do")
        return
    }
    let wrapped = document.envelope.wrap(document.bytes)
    precondition((try? FailureDocument(wrapped))?.bytes == document.bytes, "an envelope that does not fit")
    switch document.content {
    case .batch(let message): shrink(document, message)
    case .deadLetter(let record): _ = record.streamRecord?.keys
    case .records(let records): _ = try? StreamEvent(ReplayRecord.event(of: records))
    case .documents(let documents): for bytes in documents { _ = try? FailureDocument(bytes) }
    case .objects(let objects): precondition(!objects.isEmpty, "a notification of nothing")
    case .testNotification: break
    }
}

private func shrink(_ document: FailureDocument, _ message: FailureMessage) {
    guard message.window == nil, let range = message.records else { return }
    let kept = message.payload.map { Array($0.records.prefix(1)) } ?? []
    let number = kept.first?.sequenceNumber ?? range.start
    let remainder = BatchRemainder(records: kept, ranges: [number...number], loss: nil, origin: "a fuzzer")
    guard let smaller = FailureMessage.document(document.bytes, with: remainder),
        let again = try? FailureDocument(smaller), case .batch(let left) = again.content
    else { preconditionFailure("what is left cannot be read") }
    precondition(left.records?.start == number && left.records?.end == number, "another range is left")
}
