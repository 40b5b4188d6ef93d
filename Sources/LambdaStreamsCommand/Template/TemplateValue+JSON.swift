// Template values written as JSON.

import JSONScanning

extension TemplateValue {
    var jsonText: String { String(decoding: json, as: UTF8.self) }

    var json: [UInt8] {
        var json: [UInt8] = []
        write(to: &json)
        return json
    }

    private func write(to json: inout [UInt8]) {
        switch self {
        case .null: json.appendJSON("null")
        case .boolean(let value): json.appendJSON(value ? "true" : "false")
        case .number(let text):
            // YAML spells numbers in ways that JSON does not, such as 010 and .5.
            let isJSON = (try? JSONDocument(Array(text.utf8))) != nil
            if isJSON { json.append(contentsOf: text.utf8) } else { json.appendJSONString(text) }
        case .string(let text): json.appendJSONString(text)
        case .unknown(let value): json.appendJSONString(value.placeholder)
        case .list(let elements):
            json.appendJSON("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { json.appendJSON(",") }
                element.write(to: &json)
            }
            json.appendJSON("]")
        case .object(let members):
            json.appendJSON("{")
            for (index, member) in members.enumerated() {
                if index > 0 { json.appendJSON(",") }
                json.appendJSONString(member.name)
                json.appendJSON(":")
                member.value.write(to: &json)
            }
            json.appendJSON("}")
        }
    }
}
