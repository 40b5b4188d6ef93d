// `JsonElement.ToString()`: a bare scalar, `True` and `False`, or a container exactly as it stands.

internal import JSONScanning

enum DotNetKeyText {
    /// - Throws: ``KeyError/loneSurrogate``, where .NET throws too.
    static func text(of node: JSONNode) throws(KeyError) -> [UInt8] {
        switch node.kind {
        case .null: return []
        case .bool: return [UInt8](node.bool == true ? "True".utf8 : "False".utf8)
        case .number, .array, .object: return [UInt8](node.jsonText)
        case .string:
            let units = node.utf16Units
            guard units.codePoints.allSatisfy({ Unicode.Scalar($0) != nil }) else { throw .loneSurrogate }
            var text: [UInt8] = []
            text.appendUTF8(units, loneSurrogate: nil)
            return text
        }
    }
}
