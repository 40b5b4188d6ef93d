// Generates documents, valid and mutated, and compares what this package and JSONDecoder make of each.
//
// Each one is also written as a line for `agreement.py`, which asks Python's json: the bytes in hexadecimal, a tab, and
// the value in DynamoDB's typed JSON or `-` where the document was refused.

import DynamoDBStreamEvents
import FoundationEssentials

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

@main
struct AgreementCheck {
    static func main() {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000
        var generator = DocumentGenerator(seed: 2026)
        var disagreements = 0
        var accepted = 0
        for _ in 0..<count {
            let document = generator.next()
            let value = try? AttributeValueDecoder().decodePlainJSON(AttributeValue.self, from: document)
            if value != nil { accepted += 1 }
            if let complaint = complaint(about: document, isAccepted: value != nil) {
                disagreements += 1
                log("\(complaint): \(String(decoding: document, as: UTF8.self).debugDescription)")
            }
            print("\(hexadecimal(document))\t\(value.map { String(decoding: $0.json, as: UTF8.self) } ?? "-")")
        }
        log("\(count) documents, \(accepted) accepted, \(disagreements) disagreements with JSONDecoder")
        if disagreements > 0 { exit(1) }
    }

    static func complaint(about document: [UInt8], isAccepted: Bool) -> String? {
        let theirs = Result { try JSONDecoder().decode(Tree.self, from: Data(document)) }
        let ours = Result { try AttributeValueDecoder().decodePlainJSON(Tree.self, from: document) }
        switch (ours, theirs) {
        case (.success(let ours), .success(let theirs)): return ours == theirs ? nil : "other values"
        case (.failure, .failure): return nil
        case (.success(let ours), .failure(let error)):
            // JSONDecoder takes `-0.0e17`, and what is too close to zero to be anything else, for no JSON.
            return ours.hasZero ? nil : "accepted here alone, JSONDecoder says \(error)"
        case (.failure(let error), .success):
            // The grammar allows names to come twice; this package's decoder refuses to choose between them.
            if isAccepted && "\(error)".contains("is there twice") { return nil }
            // JSONDecoder lets `{"a":1,}` and `["a",]` pass, which RFC 8259 does not.
            return !isAccepted && hasTrailingComma(document) ? nil : "refused here alone"
        }
    }

    static func hasTrailingComma(_ document: [UInt8]) -> Bool {
        let dense = document.filter { $0 > 0x20 }
        let closing = [UInt8(ascii: "}"), UInt8(ascii: "]")]
        return zip(dense, dense.dropFirst()).contains { $0 == UInt8(ascii: ",") && closing.contains($1) }
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// To the standard error, for the standard output is for `agreement.py`.
    static func log(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}

/// Any JSON value, decoded by whichever decoder is given.
enum Tree: Decodable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([Tree])
    case object([String: Tree])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try unlessOther(container.decode(Bool.self)) {
            self = .bool(value)
        } else if let value = try unlessOther(container.decode(Double.self)) {
            self = .number(value)
        } else if let value = try unlessOther(container.decode(String.self)) {
            self = .string(value)
        } else if var elements = try? decoder.unkeyedContainer() {
            var values: [Tree] = []
            while !elements.isAtEnd { values.append(try elements.decode(Tree.self)) }
            self = .array(values)
        } else {
            self = .object(try container.decode([String: Tree].self))
        }
    }
}

extension Tree {
    fileprivate var hasZero: Bool {
        switch self {
        case .number(let value): value == 0
        case .array(let values): values.contains { $0.hasZero }
        case .object(let members): members.values.contains { $0.hasZero }
        case .null, .bool, .string: false
        }
    }
}

/// nil when the value is of another type; other errors are the verdict.
private func unlessOther<Value>(_ value: @autoclosure () throws -> Value) throws -> Value? {
    do {
        return try value()
    } catch DecodingError.typeMismatch {
        return nil
    }
}
