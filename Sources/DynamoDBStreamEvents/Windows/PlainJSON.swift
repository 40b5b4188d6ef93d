// The same coders over JSON without type tags, for the states of windows and whatever else is Codable.

import JSONScanning

extension AttributeValueEncoder {
    /// Encodes a value as JSON without DynamoDB's type tags, which `decodePlainJSON` decodes.
    ///
    /// Binary data becomes base64 and sets become arrays, as the type that is decoded says. An `AttributeValue` or `Item` does
    /// not say, so theirs are marked: `{"$B":"AQID"}`, `{"$SS":["a"]}`.
    public func encodePlainJSON(_ value: some Encodable) throws(AttributeEncodingError) -> [UInt8] {
        var json: [UInt8] = []
        json.appendPlain(try encode(value, isPlain: true))
        return json
    }
}

extension AttributeValue {
    /// The value as JSON without type tags or marks: binary data as base64, sets as arrays.
    package var plainJSON: [UInt8] {
        var json: [UInt8] = []
        json.appendPlain(self)
        return json
    }
}

extension AttributeValueDecoder {
    /// Decodes a value from JSON without DynamoDB's type tags.
    public func decodePlainJSON<Value: Decodable>(
        _ type: Value.Type = Value.self,
        from json: [UInt8]
    ) throws(AttributeDecodingError) -> Value {
        try decode(type, from: JSONDocument(plain: json).root, form: .plain)
    }

    /// Decodes a value from JSON without DynamoDB's type tags, for types that read themselves and are not `Decodable`.
    @_disfavoredOverload
    public func decodePlainJSON<Value: ItemDecodable>(
        _ type: Value.Type = Value.self,
        from json: [UInt8]
    ) throws(AttributeDecodingError) -> Value {
        try read(type, from: JSONDocument(plain: json).root, form: .plain)
    }
}

extension JSONDocument {
    fileprivate convenience init(plain json: [UInt8]) throws(AttributeDecodingError) {
        do {
            try self.init(json)
        } catch {
            throw AttributeDecodingError(error)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func appendPlain(_ value: AttributeValue) {
        switch value {
        case .string(let value): appendJSONString(value)
        case .number(let value): appendPlain(value)
        case .binary(let value): appendBase64(value)
        case .bool(let value): appendJSON(value ? "true" : "false")
        case .null: appendJSON("null")
        case .list(let values): appendArray(values) { $0.appendPlain($1) }
        case .map(let item):
            appendJSON("{")
            for (position, attribute) in item.enumerated() {
                if position > 0 { appendJSON(",") }
                appendJSONString(attribute.name)
                appendJSON(":")
                appendPlain(attribute.value)
            }
            appendJSON("}")
        case .stringSet(let values): appendArray(values) { $0.appendJSONString($1) }
        case .numberSet(let values): appendArray(values) { $0.appendPlain($1) }
        case .binarySet(let values): appendArray(values) { $0.appendBase64($1) }
        case .unknown(let json): append(contentsOf: json.utf8)
        }
    }

    /// DynamoDB takes `+1`, `.5` and `01`, JSON does not: such spellings are written as digits and a power of ten.
    private mutating func appendPlain(_ number: AttributeNumber) {
        if let document = try? JSONDocument(Array(number.text.utf8)), document.root.kind == .number {
            append(contentsOf: number.text.utf8)
        } else if let decimal = DecimalText(number.text.utf8) {
            appendJSON(decimal.isNegative && !decimal.isZero ? "-" : "")
            append(contentsOf: decimal.isZero ? [0x30] : decimal.digits.map { $0 + 0x30 })
            if decimal.scale != 0 {
                appendJSON("e")
                appendJSONInteger(decimal.scale)
            }
        }
    }
}
