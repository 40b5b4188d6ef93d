// How the function of a case answers: by what is in the event, so that a process can play it as well.

public import EventSourceMapping
import JSONScanning

public struct CaseScript: Sendable {
    private struct Rule: Sendable {
        var contains: String?
        var isFinal: Bool?
        /// How often the rule applies at most.
        var times = Int.max
        let action: JSONNode
    }

    private var rules: [Rule] = []

    init(_ node: JSONNode?) throws {
        for element in node?.elements.map({ $0 }) ?? [] {
            try element.checkMembers(["when", "then", "times"])
            var rule = Rule(action: try element.required("then"))
            try rule.action.checkMembers(["throw", "return", "body", "report", "stateSize", "throttle", "tooLarge"])
            try element["when"]?.checkMembers(["contains", "final"])
            rule.contains = element["when"]?["contains"]?.text
            rule.isFinal = element["when"]?["final"]?.bool
            if let times = element["times"] { rule.times = Int(times.number) }
            rules.append(rule)
        }
    }

    var needsPlatform: Bool { rules.contains { $0.action["throttle"] != nil || $0.action["tooLarge"] != nil } }

    /// What the function does with an event: what the first rule says that fits it; without one, all is well, and a
    /// window's state counts the records.
    public mutating func answer(_ event: [UInt8]) throws -> InvocationOutcome {
        let root = try JSONDocument(event).root
        let numbers = root["Records"]?.elements.map { $0["dynamodb"]?["SequenceNumber"]?.text ?? "" } ?? []
        let isFinal = root["isFinalInvokeForWindow"]?.bool ?? false
        for index in rules.indices where rules[index].times > 0 {
            if let number = rules[index].contains, !numbers.contains(number) { continue }
            if let isWanted = rules[index].isFinal, isWanted != isFinal { continue }
            rules[index].times -= 1
            return Self.outcome(of: rules[index].action, numbers, root)
        }
        return .response(Self.answer(root, numbers, failed: [], stateSize: nil))
    }

    private static func outcome(of action: JSONNode, _ numbers: [String], _ event: JSONNode) -> InvocationOutcome {
        if action["throttle"] != nil { return .throttled }
        if action["tooLarge"] != nil { return .requestTooLarge }
        if let message = action["throw"] { return .functionError(message: message.text) }
        if let value = action["return"] { return .response(Array(value.jsonText)) }
        if let body = action["body"] { return .response(body.text) }
        let failed = action["report"]?.elements.map(\.text).filter(numbers.contains) ?? []
        return .response(answer(event, numbers, failed: failed, stateSize: action["stateSize"].map { Int($0.number) }))
    }

    private static func answer(
        _ event: JSONNode,
        _ numbers: [String],
        failed: [String],
        stateSize: Int?
    ) -> [UInt8] {
        var json: [UInt8] = Array("{".utf8)
        if event["window"] != nil {
            let count = Int(event["state"]?["count"]?.number ?? 0) + numbers.count
            json.appendJSON("\"state\":")
            if let stateSize {
                // {"text":""} has eleven bytes.
                json.appendJSON("{\"text\":\"")
                json += [UInt8](repeating: UInt8(ascii: "x"), count: max(0, stateSize - 11))
                json.appendJSON("\"},")
            } else {
                json.appendJSON("{\"count\":")
                json.appendJSONInteger(count)
                json.appendJSON("},")
            }
        }
        json.appendJSON("\"batchItemFailures\":[")
        for (index, number) in failed.enumerated() {
            json.appendJSON(index > 0 ? ",{\"itemIdentifier\":" : "{\"itemIdentifier\":")
            json.appendJSONString(number)
            json.appendJSON("}")
        }
        json.appendJSON("]}")
        return json
    }
}
