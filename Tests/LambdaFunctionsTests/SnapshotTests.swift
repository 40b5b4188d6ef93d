// Hooks before a snapshot and after a restore.

import HTTPScripting
import RuntimeAPIServer
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("Snapshots")
struct SnapshotTests {
    struct Unready: Error {}
    let snapStart = ["AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"]

    @Test("snapstart: hooks run last first before the snapshot and first first after it, each once")
    func order() async throws {
        let calls = Guarded<[String]>([])
        let note = { @Sendable (name: String) in calls.withLock { $0.append(name) } }
        let runtime = LambdaRuntime { payload, _ in payload }
            .beforeSnapshot { note("close 1") }.beforeSnapshot { note("close 2") }
            .afterRestore { note("open 1") }.afterRestore { note("open 2") }
        try await serving(runtime, mode: .snapStart, variables: snapStart) { server in
            for byte in UInt8(1)...3 {
                let outcome = try await server.invoke([byte])
                #expect(outcome.payload == [byte])
            }
        }
        #expect(calls.withLock { $0 } == ["close 2", "close 1", "open 1", "open 2"])
    }

    @Test("snapstart: a failure before goes to init/error with status 64, one after to restore/error with 65")
    func failures() async throws {
        let base = "/2018-06-01/runtime/"
        for (before, path, status) in [(true, "init/error", Int32(64)), (false, "restore/error", 65)] {
            var runtime = LambdaRuntime { payload, _ in payload }
            runtime = before ? runtime.beforeSnapshot { throw Unready() } : runtime.afterRestore { throw Unready() }
            let api = try ScriptedRuntimeAPI([]) { request, _ in
                request.path.hasSuffix("restore/next") ? .status(200) : nil
            }
            defer { api.stop() }
            let exit = await exit(of: runtime, api.endpoint)
            #expect(exit?.status == status)
            #expect(api.requests.map(\.path) == (before ? [] : [base + "restore/next"]) + [base + path])
            #expect(api.posts.last?.headers["lambda-runtime-function-error-type"] == "Function.Unready")
        }
    }

    @Test("snapstart: a platform that refuses the restore ends the process")
    func refused() async throws {
        let api = try ScriptedRuntimeAPI([]) { request, _ in
            request.path.hasSuffix("restore/next") ? .status(403, body: "not now") : nil
        }
        defer { api.stop() }
        let exit = await exit(of: LambdaRuntime { payload, _ in payload }, api.endpoint)
        #expect(exit?.status == 65 && "\(exit!)".contains("403: not now"))
    }

    @Test("snapstart: without it nothing asks for a restore and no hook runs")
    func notSnapStart() async throws {
        let api = try ScriptedRuntimeAPI([.init(requestID: "a")])
        _ = await run(LambdaRuntime { payload, _ in payload }.beforeSnapshot { throw Unready() }, on: api)
        #expect(!api.requests.contains { $0.path.contains("restore") })
        #expect(api.posts.count == 1)
    }

    private func exit(of runtime: LambdaRuntime, _ endpoint: String) async -> RuntimeExit? {
        let environment = FunctionEnvironment(publishesTraceID: false) { name in
            ["AWS_LAMBDA_RUNTIME_API": endpoint, "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"][name]
        }
        do {
            try await runtime.run(in: environment, log: RuntimeLog { environment.makeLogger() })
            return nil
        } catch {
            return error as? RuntimeExit
        }
    }
}
