// The cause of a failed invocation in the form that X-Ray draws from: one line of JSON that fits into a header.

internal import JSONScanning

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

extension ErrorReport {
    /// The value of `Lambda-Runtime-Function-XRay-Error-Cause`; nil where it would be larger than a request's headers
    /// may be together, 1 MiB, which is where the platform's own runtimes drop it too.
    var xrayCause: String? {
        let frames = stackTrace.map(StackFrame.init)
        var json: [UInt8] = []
        json.appendJSON(#"{"working_directory":"#)
        json.appendJSONString(workingDirectory)
        json.appendJSON(#","exceptions":[{"type":"#)
        json.appendJSONString(errorType)
        json.appendJSON(#","message":"#)
        json.appendJSONString(errorMessage)
        json.appendJSON(#","stack":["#)
        for (index, frame) in frames.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json.appendJSON(#"{"path":"#)
            json.appendJSONString(frame.path)
            json.appendJSON(#","line":"#)
            json.appendJSONInteger(frame.line)
            json.appendJSON(#","label":"#)
            json.appendJSONString(frame.label)
            json.append(UInt8(ascii: "}"))
        }
        json.appendJSON(#"]}],"paths":["#)
        var paths: [String] = []
        for frame in frames where !frame.path.isEmpty && !paths.contains(frame.path) { paths.append(frame.path) }
        for (index, path) in paths.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json.appendJSONString(path)
        }
        json.appendJSON("]}")
        json.escapeDeleteCharacters()
        guard json.count <= Self.maximumCauseSize else { return nil }
        return String(decoding: json, as: UTF8.self)
    }

    // libcurl takes no more than 1 MiB for a whole request; the rest of it gets what is left.
    private static let maximumCauseSize = 1024 * 1024 - 16 * 1024

    private var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }
}

/// A line of a stack trace, `label at path:line` as Swift's own backtraces have it, or anything else as its label.
private struct StackFrame {
    let label: String
    var path = ""
    var line = 0

    init(_ text: String) {
        guard let at = text.lastRange(of: " at "), let colon = text[at.upperBound...].lastIndex(of: ":"),
            let line = Int(text[text.index(after: colon)...])
        else {
            label = text
            return
        }
        label = String(text[..<at.lowerBound])
        path = String(text[at.upperBound..<colon])
        self.line = line
    }
}

extension String {
    /// Where `part` stands last. By hand: the standard library's search brings its regular expressions along, which make
    /// every zipped function 0.5 MB larger.
    fileprivate func lastRange(of part: String) -> Range<Index>? {
        var start = utf8.index(endIndex, offsetBy: -part.utf8.count, limitedBy: startIndex)
        while let candidate = start {
            if utf8[candidate...].starts(with: part.utf8) {
                return candidate..<utf8.index(candidate, offsetBy: part.utf8.count)
            }
            start = candidate > startIndex ? utf8.index(before: candidate) : nil
        }
        return nil
    }
}

extension [UInt8] {
    /// JSON may have DEL in a string as it is; a header may not have it at all.
    fileprivate mutating func escapeDeleteCharacters() {
        guard contains(0x7F) else { return }
        self = flatMap { $0 == 0x7F ? Array(#"\u007f"#.utf8) : [$0] }
    }
}
