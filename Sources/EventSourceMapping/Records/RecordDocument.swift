// A record as Lambda delivers it, made of one as the Streams API or a file has it.

internal import DynamoDBStreamEvents
package import JSONScanning

/// Writes records for events. It remembers the last time it wrote, since many records in a row share theirs.
package struct RecordDocument: Sendable {
    /// What ends a record of this stream: its ARN, and the brace. It is the same for all, so it is not stored with each.
    package let ending: [UInt8]
    private let quotedARN: [UInt8]
    private var lastTime: (source: [UInt8], text: [UInt8]) = ([], [])

    package init(streamARN: String) {
        var quoted: [UInt8] = []
        quoted.appendJSONString(streamARN)
        quotedARN = quoted
        ending = Array(",\"eventSourceARN\":".utf8) + quoted + Array("}".utf8)
    }

    /// Appends `record` in the order of Lambda's members: the stream's ARN comes last, the identity's members begin in
    /// lower case, the time is a Java double. Everything else stays unchanged.
    ///
    /// - Returns: whether ``ending`` is left out.
    package mutating func append(_ record: JSONNode, to json: inout [UInt8]) -> Bool {
        json.appendJSON("{")
        var isFirst = true
        func begin(_ name: JSONMember) {
            if !isFirst { json.appendJSON(",") }
            isFirst = false
            json.append(contentsOf: name.name.jsonText)
            json.appendJSON(":")
        }
        var later: [JSONMember] = []
        var identity: JSONMember?
        var change: JSONMember?
        var stream: JSONMember?
        var envelope: (JSONMember?, JSONMember?, JSONMember?, JSONMember?, JSONMember?)
        for member in record.members {
            if member.isNamed("eventID"), envelope.0 == nil {
                envelope.0 = member
            } else if member.isNamed("eventName"), envelope.1 == nil {
                envelope.1 = member
            } else if member.isNamed("eventVersion"), envelope.2 == nil {
                envelope.2 = member
            } else if member.isNamed("eventSource"), envelope.3 == nil {
                envelope.3 = member
            } else if member.isNamed("awsRegion"), envelope.4 == nil {
                envelope.4 = member
            } else if member.isNamed("dynamodb"), change == nil {
                change = member
            } else if member.isNamed("userIdentity"), identity == nil {
                identity = member
            } else if member.isNamed("eventSourceARN"), stream == nil {
                stream = member
            } else {
                later.append(member)
            }
        }
        func copy(_ member: JSONMember?) {
            guard let member else { return }
            begin(member)
            json.appendCompact(member.value.jsonText)
        }
        copy(envelope.0)
        copy(envelope.1)
        copy(envelope.2)
        copy(envelope.3)
        copy(envelope.4)
        if let change {
            begin(change)
            append(change: change.value, to: &json)
        }
        if let identity {
            begin(identity)
            Self.append(identity: identity.value, to: &json)
        }
        for member in later { copy(member) }
        if let stream, stream.value.kind == .string, !stream.value.jsonText.elementsEqual(quotedARN) {
            copy(stream)
            json.appendJSON("}")
            return false
        }
        // A record of nothing but its ARN has no sequence number, so there is a member before the comma.
        return true
    }

    private mutating func append(change: JSONNode, to json: inout [UInt8]) {
        let bytes = change.document.bytes
        guard let time = change["ApproximateCreationDateTime"], time.kind == .number || time.kind == .string else {
            return json.appendCompact(change.jsonText)
        }
        let range = time.sourceRange
        let whole = change.sourceRange
        json.appendCompact(bytes[whole.lowerBound..<range.lowerBound])
        if !lastTime.source.elementsEqual(bytes[range]) {
            // The function receives a number, however the time was spelled in the input.
            let seconds = time.kind == .number ? time.double : RecordTime.read(time)?.secondsSince1970
            let text = seconds.map { Array($0.javaText.utf8) } ?? Array(bytes[range])
            lastTime = (Array(bytes[range]), text)
        }
        json.append(contentsOf: lastTime.text)
        json.appendCompact(bytes[range.upperBound..<whole.upperBound])
    }

    /// The Streams API writes `PrincipalId` and `Type`, Lambda `principalId` and `type`.
    private static func append(identity: JSONNode, to json: inout [UInt8]) {
        guard identity.kind == .object else { return json.appendCompact(identity.jsonText) }
        json.appendJSON("{")
        for (index, member) in identity.members.enumerated() {
            if index > 0 { json.appendJSON(",") }
            if member.isNamed("PrincipalId") {
                json.appendJSON("\"principalId\":")
            } else if member.isNamed("Type") {
                json.appendJSON("\"type\":")
            } else {
                json.append(contentsOf: member.name.jsonText)
                json.appendJSON(":")
            }
            json.appendCompact(member.value.jsonText)
        }
        json.appendJSON("}")
    }
}

extension [UInt8] {
    /// Appends JSON, or a part of it that begins and ends outside of strings, without the space between its tokens.
    mutating func appendCompact(_ json: ArraySlice<UInt8>) {
        var isInString = false
        var runStart = json.startIndex
        var index = json.startIndex
        while index < json.endIndex {
            switch json[index] {
            case UInt8(ascii: "\""): isInString.toggle()
            case UInt8(ascii: "\\") where isInString: index += 1
            case 0x20, 0x0A, 0x0D, 0x09:
                if !isInString {
                    append(contentsOf: json[runStart..<index])
                    runStart = index + 1
                }
            default: break
            }
            index += 1
        }
        if runStart < json.endIndex { append(contentsOf: json[runStart...]) }
    }
}
