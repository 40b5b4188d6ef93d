// One value of a mapping's document, read as the type that its name asks for.

internal import JSONScanning

struct MappingValue {
    let name: String
    let node: JSONNode

    func text() throws(AdmissionError) -> String {
        guard node.kind == .string, let bytes = node.textBytes else { throw mismatch("a string") }
        return String(decoding: bytes, as: UTF8.self)
    }

    func integer() throws(AdmissionError) -> Int {
        guard let bytes = node.textBytes, let number = Int(String(decoding: bytes, as: UTF8.self)) else {
            throw mismatch("an integer")
        }
        return number
    }

    func truth() throws(AdmissionError) -> Bool {
        if let truth = node.bool { return truth }
        if node.isString("true") { return true }
        if node.isString("false") { return false }
        throw mismatch("true or false")
    }

    func elements() throws(AdmissionError) -> [MappingValue] {
        guard node.kind == .array else { throw mismatch("a list") }
        return node.elements.map { MappingValue(name: name, node: $0) }
    }

    /// nil when it is absent or null.
    func member(_ name: StaticString) throws(AdmissionError) -> MappingValue? {
        guard node.kind == .object else { throw mismatch("an object") }
        guard let member = node[name], !member.isNull else { return nil }
        return MappingValue(name: "\(self.name).\(name)", node: member)
    }

    private func mismatch(_ expected: String) -> AdmissionError {
        AdmissionError(.unknownParameter, "\(name) must be \(expected).", isVerbatim: false)
    }
}
