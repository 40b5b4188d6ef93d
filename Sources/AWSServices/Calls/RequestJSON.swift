// Writing the JSON body of a call, member by member.

internal import DynamoDBStreamEvents
internal import JSONScanning

/// A JSON object under construction. Members that are nil or empty are left out.
struct RequestJSON {
    private var json: [UInt8] = [UInt8(ascii: "{")]
    /// What the call is about: ``AWSCall/resource``.
    var resource = ""

    /// The whole object.
    var bytes: [UInt8] { json + [UInt8(ascii: "}")] }

    mutating func add(_ name: String, _ text: String?) {
        guard let text else { return }
        begin(name)
        json.appendJSONString(text)
    }

    /// Adds what the call is about.
    mutating func add(_ name: String, resource: String) {
        add(name, resource)
        self.resource = resource
    }

    mutating func add(_ name: String, _ number: Int?) {
        guard let number else { return }
        begin(name)
        json.appendJSONInteger(number)
    }

    mutating func add(_ name: String, true value: Bool) {
        guard value else { return }
        begin(name)
        json.appendJSON("true")
    }

    mutating func add(_ name: String, json value: [UInt8]) {
        begin(name)
        json.append(contentsOf: value)
    }

    mutating func add(_ name: String, list values: [[UInt8]]) {
        begin(name)
        json.append(UInt8(ascii: "["))
        for (position, value) in values.enumerated() {
            if position > 0 { json.append(UInt8(ascii: ",")) }
            json.append(contentsOf: value)
        }
        json.append(UInt8(ascii: "]"))
    }

    mutating func add(_ name: String, names: [String: String]) {
        guard !names.isEmpty else { return }
        var object = RequestJSON()
        for (placeholder, attribute) in names.sorted(by: { $0.key < $1.key }) { object.add(placeholder, attribute) }
        add(name, json: object.bytes)
    }

    mutating func add(_ name: String, values: [String: AttributeValue]) {
        guard !values.isEmpty else { return }
        add(name, json: Item(values).json)
    }

    private mutating func begin(_ name: String) {
        if json.count > 1 { json.append(UInt8(ascii: ",")) }
        json.appendJSONString(name)
        json.append(UInt8(ascii: ":"))
    }
}
