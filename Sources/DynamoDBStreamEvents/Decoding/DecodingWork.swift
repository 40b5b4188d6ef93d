// What a decode costs, counted and not timed, so that tests can show that it is linear on any machine.

import JSONScanning

extension AttributeValueDecoder {
    /// Decodes an item and returns how many members, elements and names the decoder looked at.
    package func work<Model: Decodable>(toDecode type: Model.Type, from item: Item) throws -> Int {
        let node = try item.readable
        return try work(toDecode: type, from: node, form: .map)
    }

    /// Decodes plain JSON and returns how many members, elements and names the decoder looked at.
    package func work<Model: Decodable>(toDecode type: Model.Type, fromPlainJSON json: [UInt8]) throws -> Int {
        try work(toDecode: type, from: JSONDocument(json).root, form: .plain)
    }

    private func work<Model: Decodable>(
        toDecode type: Model.Type,
        from node: JSONNode,
        form: AttributeForm
    ) throws -> Int {
        let session = DecodingSession(self, root: node, form: form)
        _ = try session.decode(type, at: node.place, form: form)
        return session.work
    }
}
