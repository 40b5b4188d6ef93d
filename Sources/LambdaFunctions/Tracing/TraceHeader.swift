// X-Ray's trace header, in its own format and in that of the W3C, for the propagator of any tracer.

#if Tracing
package import Tracing

/// A trace header as the platform sends it: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
///
/// Beside the header itself a tracer can extract the same identifiers as a `traceparent`, which is all that many know
/// (https://www.w3.org/TR/trace-context/#traceparent-header).
package struct TraceHeader: Sendable {
    package enum Use: Sendable {
        /// The context is to be a span's parent. One that is not sampled has no segment in X-Ray, so it has no
        /// `traceparent` then: it would leave the span without its parent, and most samplers would drop it.
        case parent
        /// The context is to be linked to.
        case link
    }

    let text: String
    let traceParent: String?

    package init(_ text: String, for use: Use) {
        self.text = text
        traceParent = Self.traceParent(of: text, for: use)
    }

    private static func traceParent(of text: String, for use: Use) -> String? {
        var trace: String?
        var span: Substring?
        var isSampled = false
        for part in text.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            switch pair[0] {
            case "Root":
                let parts = pair[1].split(separator: "-", omittingEmptySubsequences: false)
                guard parts.count == 3, parts[0] == "1" else { return nil }
                trace = String(parts[1] + parts[2])
            case "Parent": span = pair[1]
            case "Sampled": isSampled = pair[1] == "1"
            default: break
            }
        }
        guard use == .link || isSampled else { return nil }
        guard let trace, let span, trace.isIdentifier(ofLength: 32), span.isIdentifier(ofLength: 16) else { return nil }
        return "00-\(trace)-\(span)-\(isSampled ? "01" : "00")"
    }
}

extension ServiceContext {
    /// Takes in what `tracer` finds in a trace header.
    package mutating func extract(_ header: TraceHeader, by tracer: any Tracer) {
        tracer.extract(header, into: &self, using: TraceHeaderExtractor())
    }
}

private struct TraceHeaderExtractor: Extractor {
    func extract(key: String, from header: TraceHeader) -> String? {
        switch key.lowercased() {
        case "x-amzn-trace-id": header.text
        case "traceparent": header.traceParent
        default: nil
        }
    }
}

extension StringProtocol {
    /// Whether the text is an identifier of the W3C's: hexadecimal digits in lower case, not all of them zero.
    fileprivate func isIdentifier(ofLength length: Int) -> Bool {
        let isHexadecimal = utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        return utf8.count == length && isHexadecimal && utf8.contains { $0 != UInt8(ascii: "0") }
    }
}
#endif
