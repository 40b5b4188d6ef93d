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
        let bytes = text.utf8
        // From the end: the path is what has no space in it, behind the last " at ".
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
            let line = Int(text[bytes.index(after: colon)...]),
            let space = bytes[..<colon].lastIndex(of: UInt8(ascii: " ")),
            bytes[..<space].suffix(3).elementsEqual(" at".utf8)
        else {
            label = text
            return
        }
        label = String(text[..<bytes.index(space, offsetBy: -3)])
        path = String(text[bytes.index(after: space)..<colon])
        self.line = line
    }
}

extension [UInt8] {
    /// JSON may have DEL in a string as it is; a header may not have it at all.
    fileprivate mutating func escapeDeleteCharacters() {
        guard contains(0x7F) else { return }
        var escaped: [UInt8] = []
        for byte in self {
            if byte == 0x7F { escaped.appendJSON(#"\u007f"#) } else { escaped.append(byte) }
        }
        self = escaped
    }
}
