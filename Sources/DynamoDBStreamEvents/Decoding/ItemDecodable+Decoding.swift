// Decoding types that read themselves and are not Codable; those that are both take the way in `AttributeValueDecoder`.

import JSONScanning

extension AttributeValueDecoder {
    @_disfavoredOverload
    public func decode<Model: ItemDecodable>(
        _ type: Model.Type = Model.self,
        from item: Item
    ) throws(AttributeDecodingError) -> Model {
        let node: JSONNode
        switch item.storage {
        case .view(let view): node = view
        case .values: node = try JSONDocument(attributes: item.json).root
        }
        let session = DecodingSession(self, root: node, form: .map)
        do {
            var reader = try AttributeReader(node, .map, session).item()
            return try Model(from: &reader)
        } catch {
            throw AttributeDecodingError(error)
        }
    }
}

extension Item {
    /// Decodes the item.
    @_disfavoredOverload
    public func decode<Model: ItemDecodable>(
        _ type: Model.Type = Model.self,
        using decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(AttributeDecodingError) -> Model {
        try decoder.decode(type, from: self)
    }
}

extension StreamRecord {
    /// The change with its images decoded.
    @_disfavoredOverload
    public func change<Model: ItemDecodable>(
        as type: Model.Type = Model.self,
        decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(StreamRecordError) -> ItemChange<Model> {
        try change { (item, image) throws(StreamRecordError) in
            do throws(AttributeDecodingError) {
                return try decoder.decode(type, from: item)
            } catch {
                throw StreamRecordError(error, in: image.rawValue)
            }
        }
    }
}
