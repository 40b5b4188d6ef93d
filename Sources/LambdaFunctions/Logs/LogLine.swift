// One log line as bytes: text, JSON, or a frame of either.

internal import JSONScanning
internal import Logging

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What stands in a log line, in the order in which it is written.
struct LogLine {
    let time: LogTime
    let level: Logger.Level
    /// Who logs, where that is not the function itself.
    let label: String?
    let message: String
    let requestID: String?
    let tenantID: String?
    let eventID: String?
    let itemIdentifier: String?
    let error: (any Error)?
    let fields: [LogField]

    func bytes(format: LogFormat, framing: LogDestination.Framing) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(192 + message.utf8.count + 64 * fields.count)
        if framing == .frames { bytes.append(contentsOf: repeatElement(0, count: Self.frameHeaderSize)) }
        switch format {
        case .json: appendJSON(to: &bytes)
        case .text:
            appendText(to: &bytes)
            // A line break would make two events of one, the second with whatever an attacker put into a value. The
            // platform's own runtime for Node.js writes them as carriage returns, which the console shows as breaks.
            if framing == .lines { bytes.replaceLineBreaks() }
        }
        switch framing {
        case .lines: bytes.append(UInt8(ascii: "\n"))
        case .frames: writeFrameHeader(into: &bytes, format: format)
        }
        return bytes
    }

    /// `time <tab> request id <tab> level <tab> message name=value …`, the order of the platform's runtime for Node.js.
    private func appendText(to bytes: inout [UInt8]) {
        time.appendRFC3339(to: &bytes)
        bytes.append(UInt8(ascii: "\t"))
        if let requestID {
            bytes.append(contentsOf: requestID.utf8)
            bytes.append(UInt8(ascii: "\t"))
        }
        bytes.appendJSON(level.lambdaName)
        bytes.append(UInt8(ascii: "\t"))
        if let label {
            bytes.append(contentsOf: label.utf8)
            bytes.appendJSON(": ")
        }
        bytes.append(contentsOf: message.utf8)
        if let tenantID { bytes.appendTextField("tenantId", tenantID) }
        if let eventID { bytes.appendTextField("eventId", eventID) }
        if let itemIdentifier { bytes.appendTextField("itemIdentifier", itemIdentifier) }
        for field in fields { bytes.appendTextField(field.name, field.value) }
        if let error {
            let (type, message, _) = described(error)
            bytes.appendTextField("errorType", type)
            bytes.appendTextField("errorMessage", message)
        }
    }

    /// The names that the platform's own runtimes use; what the function adds stands under `metadata`, where it cannot
    /// take the place of one of them.
    private func appendJSON(to bytes: inout [UInt8]) {
        bytes.appendJSON(#"{"timestamp":""#)
        time.appendRFC3339(to: &bytes)
        bytes.appendJSON(#"","level":""#)
        bytes.appendJSON(level.lambdaName)
        bytes.appendJSON(#"","message":"#)
        bytes.appendJSONString(message)
        bytes.appendJSONMember(#","requestId":"#, requestID)
        bytes.appendJSONMember(#","tenantId":"#, tenantID)
        bytes.appendJSONMember(#","logger":"#, label)
        if let error {
            let (type, message, trace) = described(error)
            bytes.appendJSONMember(#","errorType":"#, type)
            bytes.appendJSONMember(#","errorMessage":"#, message)
            if !trace.isEmpty {
                bytes.appendJSON(#","stackTrace":"#)
                bytes.appendJSONValue(.array(trace.map { .string($0) }))
            }
        }
        let names = [("eventId", eventID), ("itemIdentifier", itemIdentifier)]
            .compactMap { name, value in value.map { LogField(name: name, value: .string($0)) } }
        if !names.isEmpty || !fields.isEmpty {
            bytes.appendJSON(#","metadata":"#)
            bytes.appendJSONMembers(names + fields)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Above debug level nothing of an event's content may be in a log: ``ContentFreeError`` says why.
    private func described(_ error: any Error) -> (type: String, message: String, trace: [String]) {
        let report = ErrorReport(error)
        let message = level <= .debug ? report.errorMessage : error.contentFreeDescription
        return (report.errorType, message, report.stackTrace)
    }

    private static let frameHeaderSize = 16

    /// Big-endian: a magic number with the level and the kinds of what follows, the length, microseconds since 1970.
    private func writeFrameHeader(into bytes: inout [UInt8], format: LogFormat) {
        let kind: UInt32 = 0xA55A_0000 | level.frameNumber << 2 | 0b10 | (format == .text ? 1 : 0)
        let length = UInt32(clamping: bytes.count - Self.frameHeaderSize)
        let microseconds = UInt64(clamping: time.microseconds)
        for index in 0..<4 {
            bytes[index] = UInt8(truncatingIfNeeded: kind >> (24 - 8 * index))
            bytes[4 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index))
        }
        for index in 0..<8 { bytes[8 + index] = UInt8(truncatingIfNeeded: microseconds >> (56 - 8 * index)) }
    }
}

/// A name and a value that the function logs beside its message.
struct LogField: Sendable {
    let name: String
    var value: Logger.MetadataValue

    /// The fields of `metadata` by name, since a dictionary's own order differs from process to process.
    ///
    /// Each is inserted in order: there are few, and the library's sort would add 5 KB to every function.
    static func fields(of metadata: Logger.Metadata) -> [LogField] {
        var fields: [LogField] = []
        fields.reserveCapacity(metadata.count)
        for (name, value) in metadata {
            var place = fields.count
            while place > 0, name < fields[place - 1].name { place -= 1 }
            fields.insert(LogField(name: name, value: value), at: place)
        }
        return fields
    }
}

extension [UInt8] {
    fileprivate mutating func appendTextField(_ name: String, _ value: Logger.MetadataValue) {
        if case .string(let text) = value {
            appendTextField(name, text)
        } else {
            appendTextField(name, value.description)
        }
    }

    fileprivate mutating func appendTextField(_ name: String, _ text: String) {
        append(UInt8(ascii: " "))
        append(contentsOf: name.utf8)
        append(UInt8(ascii: "="))
        append(contentsOf: text.utf8)
    }

    fileprivate mutating func appendJSONMember(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        appendJSON(name)
        appendJSONString(value)
    }

    /// Numbers and truth values as such, so that a query can compare them; anything else that describes itself as text.
    fileprivate mutating func appendJSONValue(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): appendJSONString(text)
        case .stringConvertible(let value as Int): appendJSONInteger(value)
        case .stringConvertible(let value as Bool): appendJSON(value ? "true" : "false")
        case .stringConvertible(let value): appendJSONString(value.description)
        case .array(let values):
            append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                appendJSONValue(value)
            }
            append(UInt8(ascii: "]"))
        case .dictionary(let values): appendJSONMembers(LogField.fields(of: values))
        }
    }

    fileprivate mutating func appendJSONMembers(_ fields: [LogField]) {
        append(UInt8(ascii: "{"))
        for (index, field) in fields.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            appendJSONString(field.name)
            append(UInt8(ascii: ":"))
            appendJSONValue(field.value)
        }
        append(UInt8(ascii: "}"))
    }

    fileprivate mutating func replaceLineBreaks() {
        withUnsafeMutableBytes { bytes in
            var rest = bytes[...]
            while let start = UnsafeMutableRawBufferPointer(rebasing: rest).baseAddress,
                let found = memchr(start, CInt(UInt8(ascii: "\n")), rest.count)
            {
                let index = rest.startIndex + (found - start)
                bytes[index] = UInt8(ascii: "\r")
                rest = rest[(index + 1)...]
            }
        }
    }
}
