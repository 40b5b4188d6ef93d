// A Lambda on this machine that lists and reads mappings and keeps what functions are invoked with.

import DynamoDBStreamEvents
import Foundation
import HTTPScripting
import SharedState

/// Lists the mappings that a test gives, and handles every record of every event.
final class LambdaStandIn: Sendable {
    private let server: ScriptedServer
    private let seen: Seen

    private final class Seen: Sendable {
        let events = Guarded<[[UInt8]]>([])
    }

    /// - Parameters:
    ///   - mappings: what ListEventSourceMappings lists, as JSON; nil where it may not be asked.
    ///   - whole: what GetEventSourceMapping replies for each of them; nil where it may not be asked.
    init(mappings: [String]?, whole: String? = nil) throws {
        let seen = Seen()
        self.seen = seen
        server = try ScriptedServer { request in
            if request.path.contains("/event-source-mappings") {
                let isOne = request.path.contains("/event-source-mappings/")
                let list = mappings.map { #"{"EventSourceMappings":[\#($0.joined(separator: ","))]}"# }
                guard let reply = isOne ? whole : list else {
                    let action = isOne ? "GetEventSourceMapping" : "ListEventSourceMappings"
                    return .status(
                        403,
                        headers: [("X-Amzn-ErrorType", "AccessDeniedException")],
                        body: #"{"message":"not authorized to perform lambda:\#(action)"}"#
                    )
                }
                return .status(200, body: reply)
            }
            guard request.headers["x-amz-invocation-type"] != "DryRun" else { return .status(204) }
            seen.events.withLock { $0.append(request.body) }
            return .status(200, body: #"{"batchItemFailures":[]}"#)
        }
    }

    /// A mapping that was made a day ago.
    static func mapping(
        _ stream: String,
        function: String = "OrderProjector",
        filters: [String] = [],
        members: String = ""
    ) throws -> String {
        let patterns = try filters.map { filter in
            #"{"Pattern":\#(String(decoding: try JSONEncoder().encode(filter), as: UTF8.self))}"#
        }
        let criteria = filters.isEmpty ? "" : #","FilterCriteria":{"Filters":[\#(patterns.joined(separator: ","))]}"#
        return """
            {"UUID":"14e0db71-5d35-4eb5-b481-8945cf9d10c2","State":"Enabled","StartingPosition":"TRIM_HORIZON",\
            "FunctionArn":"arn:aws:lambda:eu-central-1:123456789012:function:\(function)","EventSourceArn":"\(stream)",\
            "LastModified":\(Int(Date().timeIntervalSince1970) - 86_400),\
            "FunctionResponseTypes":["ReportBatchItemFailures"]\(criteria)\(members)}
            """
    }

    var environment: [String: String] { ["AWS_ENDPOINT_URL_LAMBDA": "http://\(server.endpoint)"] }

    /// The keys of the records that the functions were given, in their order.
    var handled: [String] {
        seen.events.withLock { $0 }.flatMap { bytes in
            guard let event = try? StreamEvent(bytes) else { return ["no event"] }
            return event.records.map { $0.keys?["id"]?.string ?? "no key" }
        }
    }
}
