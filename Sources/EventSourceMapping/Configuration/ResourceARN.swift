// The ARNs that a mapping takes, in the forms that the Lambda API accepts.

/// An ARN in its parts: `arn:partition:service:region:account:resource`.
package struct ResourceARN {
    package let service: Substring
    package let region: Substring
    package let account: Substring
    /// The rest, which may have colons.
    package let resource: Substring

    /// - Returns: nil for what is not an ARN.
    package init?(_ text: String) {
        let parts = text.split(separator: ":" as Character, maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[1].isName, !parts[2].isEmpty,
            parts[2].isName, !parts[5].isEmpty
        else { return nil }
        (service, region, account, resource) = (parts[2], parts[3], parts[4], parts[5])
    }

    /// `123456789012`
    package var hasAccount: Bool { account.utf8.count == 12 && account.isDigits }

    /// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`
    package var hasRegion: Bool { region.isRegion }

    /// `arn:partition:sqs:region:account:name`
    package var isQueue: Bool { service == "sqs" && isNamed(1...80) }

    /// `arn:partition:sns:region:account:name`; a subscription's ARN has one part more.
    package var isTopic: Bool { service == "sns" && isNamed(1...256) }

    /// `arn:partition:s3:::name`
    package var isBucket: Bool {
        service == "s3" && region.isEmpty && account.isEmpty && (1...255).contains(resource.utf8.count)
            && resource.allSatisfy { $0.isNameCharacter || $0 == "." }
    }

    /// `arn:partition:dynamodb:region:account:table/name/stream/label`. DynamoDB Local calls its region `ddblocal`.
    package var isTableStream: Bool {
        let segments = resource.split(separator: "/" as Character, omittingEmptySubsequences: false)
        return service == "dynamodb" && hasAccount && !region.isEmpty && region.isName && segments.count == 4
            && segments[0] == "table" && segments[2] == "stream" && segments.allSatisfy { !$0.isEmpty }
    }

    private func isNamed(_ length: ClosedRange<Int>) -> Bool {
        let name = resource.hasSuffix(".fifo") ? resource.dropLast(5) : resource
        return hasRegion && hasAccount && length.contains(resource.utf8.count) && !name.isEmpty && name.isName
    }
}

extension EventSourceMappingConfiguration {
    /// A name, an ARN or a partial ARN, each with or without a version or an alias.
    static func isFunctionName(_ text: String) -> Bool {
        var parts = text.split(separator: ":" as Character, omittingEmptySubsequences: false)[...]
        if parts.first == "arn" {
            guard parts.count >= 7, parts[1].hasPrefix("aws"), parts[1].isName, parts[2] == "lambda", parts[3].isRegion,
                parts[4].utf8.count == 12, parts[4].isDigits, parts[5] == "function"
            else { return false }
            parts = parts.dropFirst(6)
        } else {
            if let first = parts.first, parts.count > 1, first.utf8.count == 12, first.isDigits { parts.removeFirst() }
            if parts.first == "function", parts.count > 1 { parts.removeFirst() }
        }
        guard let name = parts.first, !name.isEmpty, name.isName, parts.count <= 2 else { return false }
        let qualifier = parts.dropFirst().first
        return qualifier.map { $0 == "$LATEST" || (!$0.isEmpty && $0.isName) } ?? true
    }
}

extension Substring {
    fileprivate var isName: Bool { allSatisfy(\.isNameCharacter) }
    fileprivate var isDigits: Bool { allSatisfy { $0.isASCII && $0.isNumber } }

    fileprivate var isRegion: Bool {
        let words = split(separator: "-" as Character, omittingEmptySubsequences: false)
        return words.count >= 3 && words.last?.utf8.count == 1 && words.last?.isDigits == true
            && words.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isLowercase } }
    }
}

extension Character {
    fileprivate var isNameCharacter: Bool { isASCII && (isLetter || isNumber || self == "-" || self == "_") }
}
