// Decoding types that read themselves and are not Codable; types that are both are decoded in `AttributeValueDecoder`.

import JSONScanning

extension AttributeValueDecoder {
    /// Decodes an item.
    ///
    /// - Throws: ``AttributeDecodingError``, which names the place in the item.
    @_disfavoredOverload
    public func decode<Model: ItemDecodable>(
        _ type: Model.Type = Model.self,
        from item: Item
    ) throws(AttributeDecodingError) -> Model {
        try read(type, from: item.readable, form: .map)
    }

    /// Decodes a value.
    ///
    /// - Throws: ``AttributeDecodingError``, which names the place in the value.
    @_disfavoredOverload
    public func decode<Model: ItemDecodable>(
        _ type: Model.Type = Model.self,
        from value: AttributeValue
    ) throws(AttributeDecodingError) -> Model {
        try read(type, from: JSONDocument(attributes: value.json).root, form: .tagged)
    }

    func read<Model: ItemDecodable>(
        _ type: Model.Type,
        from node: JSONNode,
        form: AttributeForm
    ) throws(AttributeDecodingError) -> Model {
        let session = DecodingSession(self, root: node, form: form)
        do {
            return try Model(from: AttributeReader(node.place, form, session))
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

extension AttributeValue {
    /// Decodes the value.
    @_disfavoredOverload
    public func decode<Value: ItemDecodable>(
        _ type: Value.Type = Value.self,
        using decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(AttributeDecodingError) -> Value {
        try decoder.decode(type, from: self)
    }
}

extension StreamRecord {
    /// The change with its images decoded.
    @_disfavoredOverload
    @inlinable
    public func change<Model: ItemDecodable>(
        as type: Model.Type = Model.self,
        decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(StreamRecordError) -> ItemChange<Model> {
        let session = decodingSession(decoder)
        return try imagePlaces.map { (image, name) throws(StreamRecordError) in
            session.restart(at: image)
            do {
                return try Model(from: AttributeReader(image, .map, session))
            } catch {
                throw StreamRecordError(decoding: error, of: name)
            }
        }
    }
}
