// What a function says of its failure, on one line.

internal import JSONScanning

/// The error document of Lambda: `{"errorType":"…","errorMessage":"…"}`.
struct ErrorDocument {
    let text: String

    private static let maximumLength = 300

    init(_ payload: [UInt8]) {
        let root = (try? JSONDocument(payload))?.root
        let parts = ["errorType", "errorMessage"].compactMap { name in root?[name].flatMap { try? $0.string() } }
        let line = parts.filter { !$0.isEmpty }.joined(separator: ": ")
        let shown = line.isEmpty ? "the function failed and did not say why" : line
        text = shown.count > Self.maximumLength ? shown.prefix(Self.maximumLength) + "…" : shown
    }
}
