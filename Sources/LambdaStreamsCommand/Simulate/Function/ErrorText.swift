// A function's error as one line for people.

import JSONScanning

struct ErrorText {
    let text: String

    private static let maximumLength = 300

    init(_ type: String, document: [UInt8]) {
        let root = (try? JSONDocument(document))?.root
        let message = root?["errorMessage"].flatMap { try? $0.string() }
        let named = root?["errorType"].flatMap { try? $0.string() } ?? type
        let line = [named, message ?? ""].filter { !$0.isEmpty }.joined(separator: ": ").printable
        text = line.count > Self.maximumLength ? line.prefix(Self.maximumLength) + "…" : line
    }
}
