// An item as DynamoDB's typed JSON.

import JSONScanning

extension Item {
    /// The item in DynamoDB's typed JSON: byte for byte unchanged if it is a view, otherwise with its names sorted.
    public var json: [UInt8] {
        var json: [UInt8] = []
        append(to: &json)
        return json
    }

    func append(to json: inout [UInt8]) {
        switch storage {
        case .view, .largeView: json.append(contentsOf: node?.jsonText ?? [])
        case .values:
            json.appendJSON("{")
            for (position, attribute) in enumerated() {
                if position > 0 { json.appendJSON(",") }
                json.appendJSONString(attribute.name)
                json.appendJSON(":")
                attribute.value.append(to: &json)
            }
            json.appendJSON("}")
        }
    }
}
