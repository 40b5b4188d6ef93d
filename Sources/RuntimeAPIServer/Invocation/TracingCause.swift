// The cause of an error for X-Ray: validated, and shortened to what the platform keeps.

internal import JSONScanning

/// `Lambda-Runtime-Function-XRay-Error-Cause`, or `errorCause` in a document of `documentType`.
///
/// The rules of aws-lambda-runtime-interface-emulator, `error_cause.go` and `error_cause_compactor.go`.
struct TracingCause {
    static let header = "Lambda-Runtime-Function-XRay-Error-Cause"
    static let documentType = "application/vnd.aws.lambda.error.cause+json"
    private static let maximumSize = 64 * 1024
    private static let paddingForNames = 4096

    /// The elements as JSON. Each is kept or removed as a whole.
    private var exceptions: [[UInt8]]
    private var paths: [[UInt8]]
    private var workingDirectory: String
    private var message: String

    /// The part of a cause that is kept, at most 64 KiB; nil if it is not valid or is empty.
    static func kept(of json: [UInt8]) -> [UInt8]? {
        guard let root = try? JSONDocument(json).root, let cause = TracingCause(root) else { return nil }
        return cause.cropped
    }

    /// The error document without the cause, and the part of the cause that is kept.
    static func separated(from body: [UInt8]) -> (document: [UInt8], cause: [UInt8]?) {
        guard let root = try? JSONDocument(body).root, root.kind == .object else {
            return (Array(#""Invalid error body""#.utf8), nil)
        }
        var document: [UInt8] = []
        document.appendJSON(#"{"errorMessage":"#)
        document.append(contentsOf: root["errorMessage"]?.jsonText ?? Array(#""""#.utf8)[...])
        document.appendJSON(#","errorType":"#)
        document.append(contentsOf: root["errorType"]?.jsonText ?? Array(#""""#.utf8)[...])
        if let trace = root["stackTrace"], !trace.isNull {
            document.appendJSON(#","stackTrace":"#)
            document.append(contentsOf: trace.jsonText)
        }
        document.appendJSON("}")
        return (document, root["errorCause"].flatMap(TracingCause.init)?.cropped)
    }

    private init?(_ root: JSONNode) {
        guard root.kind == .object,
            let exceptions = Self.elements(root["exceptions"], ofKind: .object),
            let paths = Self.elements(root["paths"], ofKind: .string),
            let workingDirectory = Self.text(root["working_directory"]),
            let message = Self.text(root["message"])
        else { return nil }
        guard !(exceptions.isEmpty && paths.isEmpty && workingDirectory.isEmpty && message.isEmpty) else { return nil }
        (self.exceptions, self.paths) = (exceptions, paths)
        (self.workingDirectory, self.message) = (workingDirectory, message)
    }

    /// The elements of an array; empty if it is absent or null, nil if it or an element has another type.
    private static func elements(_ node: JSONNode?, ofKind kind: JSONKind) -> [[UInt8]]? {
        guard let node, !node.isNull else { return [] }
        guard node.kind == .array else { return nil }
        var elements: [[UInt8]] = []
        for element in node.elements {
            guard element.kind == kind else { return nil }
            elements.append(Array(element.jsonText))
        }
        return elements
    }

    private static func text(_ node: JSONNode?) -> String? {
        guard let node, !node.isNull else { return "" }
        return node.kind == .string ? (try? node.string()) ?? nil : nil
    }

    /// The whole cause if it fits; otherwise with four, three, two or one fifth of its exceptions and paths; otherwise
    /// without any, and with shortened texts.
    private var cropped: [UInt8] {
        let whole = json
        if whole.count <= Self.maximumSize { return whole }
        for fifths in [4, 3, 2, 1] {
            var cause = self
            cause.exceptions = Array(exceptions.prefix(exceptions.count * fifths / 5))
            cause.paths = Array(paths.prefix(paths.count * fifths / 5))
            let json = cause.json
            if json.count <= Self.maximumSize { return json }
        }
        var cause = self
        (cause.exceptions, cause.paths) = ([], [])
        let limit = (Self.maximumSize - Self.paddingForNames) / 2
        cause.workingDirectory = Self.cut(workingDirectory, limit)
        cause.message = Self.cut(message, limit)
        return cause.json
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        text.utf8.count <= limit ? text : String(decoding: text.utf8.prefix(limit - 3), as: UTF8.self) + "..."
    }

    private var json: [UInt8] {
        var json: [UInt8] = []
        json.appendJSON(#"{"exceptions":"#)
        json.appendArray(exceptions)
        json.appendJSON(#","working_directory":"#)
        json.appendJSONString(workingDirectory)
        json.appendJSON(#","paths":"#)
        json.appendArray(paths)
        if !message.isEmpty {
            json.appendJSON(#","message":"#)
            json.appendJSONString(message)
        }
        json.appendJSON("}")
        return json
    }
}

extension [UInt8] {
    fileprivate mutating func appendArray(_ elements: [[UInt8]]) {
        append(UInt8(ascii: "["))
        append(contentsOf: elements.joined(separator: [UInt8(ascii: ",")]))
        append(UInt8(ascii: "]"))
    }
}
