// A stream endpoint whose shards, records and faults a test sets: Tests/Functions/stream_endpoint.py.

import Foundation
import TemporaryFiles

struct StreamEndpoint {
    let url: String
    private let process: RunningCommand

    /// - Parameter plan: JSON, as the script describes it.
    init(_ plan: String, in folder: TemporaryFolder) async throws {
        let file = try folder.write(plan, to: "plan.json")
        let script = Products.package.appendingPathComponent("Tests/Functions/stream_endpoint.py")
        let process = try RunningCommand(script, [file])
        self.process = process
        try await eventually("the endpoint's port") { process.output.hasSuffix("\n") }
        url = "http://127.0.0.1:\(process.output.trimmingCharacters(in: .whitespacesAndNewlines))"
    }

    /// Changes the plan.
    func change(_ changes: String) async throws {
        _ = try await CommandRun.run(
            URL(fileURLWithPath: "/usr/bin/env"),
            ["curl", "--silent", "--fail", "--data", changes, "\(url)/plan"]
        )
    }

    func stop() { process.signal(SIGKILL) }

    /// A shard of the plan.
    static func shard(
        _ id: String,
        parent: String? = nil,
        first: Int,
        count: Int,
        isClosed: Bool = false,
        more: String = ""
    ) -> String {
        let parent = parent.map { "\"\($0)\"" } ?? "null"
        return
            #"{"id":"\#(id)","parent":\#(parent),"first":\#(first),"count":\#(count),"closed":\#(isClosed)\#(more)}"#
    }
}
