// A table as a user names it: by its name or its ARN.

import EventSourceMapping

/// A table by its ARN: `arn:aws:dynamodb:eu-central-1:123456789012:table/orders`.
struct TableReference {
    let name: String

    init?(arn: String) {
        guard let parts = ResourceARN(arn), parts.service == "dynamodb", parts.hasAccount else { return nil }
        let segments = parts.resource.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count == 2, segments[0] == "table", Self.isName(String(segments[1])) else { return nil }
        name = String(segments[1])
    }

    /// "Naming rules" in the Amazon DynamoDB Developer Guide.
    static func isName(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    }
}
