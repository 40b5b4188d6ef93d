// The verdict as data, for `--output json`.

import EventSourceMapping
import JSONScanning

extension Verdict {
    /// The verdict as JSON: `{"headline","records","handled",…,"losses":[…],"advice":[…],"warnings":[…],"exitCode"}`.
    var json: String {
        var json: [UInt8] = []
        json.appendJSON(#"{"headline":"#)
        json.appendJSONString(headline)
        let numbers: [(StaticString, Int)] = [
            ("records", counts.records), ("handled", counts.handled), ("filtered", counts.filtered),
            ("discarded", counts.discarded), ("lost", counts.lost), ("waiting", counts.waiting),
            ("invocations", counts.invocations), ("failedInvocations", counts.failedInvocations),
            ("partialInvocations", counts.partialInvocations), ("throttledInvocations", counts.throttledInvocations),
            ("redelivered", counts.redelivered),
            ("mostDeliveries", counts.mostDeliveries), ("windowsLost", counts.windowsLost),
            ("duplicates", facts.duplicates),
        ]
        for (name, number) in numbers {
            json.appendJSON(",\"")
            json.appendJSON(name)
            json.appendJSON("\":")
            json.appendJSONInteger(number)
        }
        json.appendJSON(#","losses":["#)
        for (index, loss) in losses.enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSON(#"{"shardId":"#)
            json.appendJSONString(loss.shardID)
            json.appendJSON(#","sequenceNumbers":"#)
            json.appendJSONString(loss.range)
            json.appendJSON(#","count":"#)
            json.appendJSONInteger(loss.count)
            json.appendJSON(#","reason":"#)
            json.appendJSONString(loss.reason)
            json.appendJSON(loss.hasMessage ? #","hasMessage":true}"# : #","hasMessage":false}"#)
        }
        json.appendJSON(facts.sendsMessages ? #"],"messagesSent":true"# : #"],"messagesSent":false"#)
        json.appendJSON(#","openWindows":["#)
        for (index, window) in facts.openWindows.enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSON(#"{"shardId":"#)
            json.appendJSONString(window.shardID)
            json.appendJSON(#","start":"#)
            json.appendJSONString(window.start.iso8601Seconds)
            json.appendJSON(#","end":"#)
            json.appendJSONString(window.end.iso8601Seconds)
            json.appendJSON("}")
        }
        json.appendJSON("]")
        appendTexts("unknown", facts.unknowns, to: &json)
        appendTexts("failures", facts.failures, to: &json)
        appendTexts("advice", advice, to: &json)
        appendTexts("recovery", recovery, to: &json)
        appendTexts("warnings", warnings, to: &json)
        appendTexts("loggedErrors", loggedErrors, to: &json)
        json.appendJSON(#","exitCode":"#)
        json.appendJSONInteger(exit.rawValue)
        json.appendJSON("}")
        return String(decoding: json, as: UTF8.self)
    }

    private func appendTexts(_ name: StaticString, _ texts: [String], to json: inout [UInt8]) {
        json.appendJSON(",\"")
        json.appendJSON(name)
        json.appendJSON("\":[")
        for (index, text) in texts.enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSONString(text)
        }
        json.appendJSON("]")
    }
}
