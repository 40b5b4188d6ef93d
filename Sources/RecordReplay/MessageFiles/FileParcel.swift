// Documents of a file that are settled together, and what remains of them.

/// A document of the file, and what it stands for.
struct FileDocument {
    let origin: String
    let isRemainder: Bool
    let line: Int
    /// On one line.
    let text: [UInt8]
    /// One, or several where the document holds several messages.
    var parts: [Part] = []
    var recordCount = 0
    /// Whether a stream was read for it: it is settled by itself, since that may not succeed twice.
    var isRange = false
    /// Behind it.
    let place: DocumentSplitter.Place

    struct Part {
        let bytes: [UInt8]
        let outcome: FailureRecovery.Outcome
    }
}

struct FileParcel {
    private(set) var documents: [FileDocument] = []
    private(set) var content = RedrivenParcel()
    private(set) var recordCount = 0
    private(set) var byteCount = 0
    /// What is to be written of it, once it is settled.
    var rest: [UInt8]?

    mutating func add(_ document: FileDocument) {
        documents.append(document)
        recordCount += document.recordCount
        byteCount += document.text.count
        for part in document.parts { content.add(part.outcome) }
    }

    /// What remains of the documents, a line each.
    ///
    /// - Parameter remaining: the positions of the records that are not done.
    func rest(_ remaining: [Int], discardsLost: Bool) -> [[UInt8]] {
        var fates = content.fates(remaining: remaining, discardsLost: discardsLost)[...]
        var lines: [[UInt8]] = []
        for document in documents {
            for part in document.parts {
                // What is whole stays byte for byte.
                let whole = document.parts.count == 1 ? document.text : part.bytes.onOneLine
                guard case .unit = part.outcome, let fate = fates.popFirst() else {
                    lines.append(whole + [0x0A])
                    continue
                }
                switch fate {
                case .done: break
                case .stays: lines.append(whole + [0x0A])
                case .shrinks(let body): lines.append(body.onOneLine + [0x0A])
                }
            }
        }
        return lines
    }
}

extension [UInt8] {
    /// A line break between tokens means nothing; inside a string JSON does not allow one.
    var onOneLine: [UInt8] { contains(0x0A) ? map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 } : self }
}
