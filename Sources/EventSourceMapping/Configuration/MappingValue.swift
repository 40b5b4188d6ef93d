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
        return node.elements.enumerated().map { MappingValue(name: "\(name)[\($0.offset)]", node: $0.element) }
    }

    /// The members by name, without those that are null.
    ///
    /// - Throws: what the AWS SDKs say of a name that the API does not have.
    func members(_ known: [String]) throws(AdmissionError) -> [String: MappingValue] {
        guard node.kind == .object else { throw mismatch("an object") }
        var members: [String: MappingValue] = [:]
        for member in node.members {
            let memberName = member.repairedName
            guard known.contains(memberName) else {
                throw .unknownParameter(memberName, in: name, known: known)
            }
            members[memberName] =
                member.value.isNull ? nil : MappingValue(name: "\(name).\(memberName)", node: member.value)
        }
        return members
    }

    private func mismatch(_ expected: String) -> AdmissionError {
        AdmissionError(.unknownParameter, "\(name) must be \(expected).", isVerbatim: false)
    }
}

extension AdmissionError {
    /// The words of botocore, which the AWS CLI prints.
    static func unknownParameter(_ name: String, in place: String, known: [String]) -> AdmissionError {
        AdmissionError(
            .unknownParameter,
            "Unknown parameter in \(place): \"\(name)\", must be one of: \(known.joined(separator: ", "))",
            detail: NearestName.of(name, among: known).map { "did you mean \($0)?" }
        )
    }
}
