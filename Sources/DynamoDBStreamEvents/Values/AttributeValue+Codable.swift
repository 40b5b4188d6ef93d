// Values inside `Codable` types: taken as they are by this package's coders, written with their tags by all others.

internal import JSONScanning

extension AttributeValue: Codable {
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? AttributeDecoder {
            self.init(decoder.session.node(at: decoder.place), form: decoder.form)
            return
        }
        let container = try decoder.container(keyedBy: PathStep.self)
        guard container.allKeys.count == 1, let key = container.allKeys.first,
            let tag = AttributeTag(rawValue: key.stringValue)
        else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "expected a typed value like {\"S\":\"text\"}"
                )
            )
        }
        func binary(_ text: String) throws -> [UInt8] {
            guard let bytes = [UInt8](base64: Array(text.utf8)[...]) else {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "is not base64")
            }
            return bytes
        }
        switch tag {
        case .string: self = .string(try container.decode(String.self, forKey: key))
        case .number: self = .number(try container.decode(AttributeNumber.self, forKey: key))
        case .binary: self = .binary(try binary(container.decode(String.self, forKey: key)))
        case .bool: self = .bool(try container.decode(Bool.self, forKey: key))
        case .null: self = .null
        case .list: self = .list(try container.decode([AttributeValue].self, forKey: key))
        case .map: self = .map(Item(try container.decode([String: AttributeValue].self, forKey: key)))
        case .stringSet: self = .stringSet(try container.decode([String].self, forKey: key))
        case .numberSet: self = .numberSet(try container.decode([AttributeNumber].self, forKey: key))
        case .binarySet: self = .binarySet(try container.decode([String].self, forKey: key).map(binary))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        guard let tag else {
            throw EncodingError.invalidValue(
                self,
                EncodingError.Context(codingPath: encoder.codingPath, debugDescription: "the value's type is not known")
            )
        }
        func base64(_ bytes: [UInt8]) -> String {
            var text: [UInt8] = []
            text.appendBase64(bytes)
            return String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
        }
        var container = encoder.container(keyedBy: PathStep.self)
        let key = PathStep(stringValue: tag.rawValue)
        switch self {
        case .string(let value): try container.encode(value, forKey: key)
        case .number(let value): try container.encode(value, forKey: key)
        case .binary(let value): try container.encode(base64(value), forKey: key)
        case .bool(let value): try container.encode(value, forKey: key)
        case .null: try container.encode(true, forKey: key)
        case .list(let values): try container.encode(values, forKey: key)
        case .map(let item): try container.encode(Dictionary(item), forKey: key)
        case .stringSet(let values): try container.encode(values, forKey: key)
        case .numberSet(let values): try container.encode(values, forKey: key)
        case .binarySet(let values): try container.encode(values.map(base64), forKey: key)
        case .unknown: break
        }
    }
}

extension Item: Codable {
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? AttributeDecoder {
            try self.init(from: AttributeReader(decoder.place, decoder.form, decoder.session))
        } else {
            self.init(try [String: AttributeValue](from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws { try Dictionary(self).encode(to: encoder) }
}

/// A string outside this package's coders, as DynamoDB writes numbers.
extension AttributeNumber: Codable {
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? AttributeDecoder {
            self = try decoder.session.number(at: decoder.place, form: decoder.form)
            return
        }
        let container = try decoder.singleValueContainer()
        guard let number = AttributeNumber(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a number")
        }
        self = number
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
