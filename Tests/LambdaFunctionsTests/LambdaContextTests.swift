// What a handler is told: every header, present, absent, empty and unreadable.

import Foundation
import HTTPScripting
import Logging
import Testing

@testable import LambdaFunctions

@Suite("LambdaContext")
struct LambdaContextTests {
    typealias Event = ScriptedRuntimeAPI.Event

    /// The context of one invocation that came with these headers.
    private func context(_ headers: [(String, String)], _ variables: [String: String] = [:]) async throws
        -> LambdaContext?
    {
        actor Seen {
            var context: LambdaContext?
            func see(_ context: LambdaContext) { self.context = context }
        }
        let seen = Seen()
        let api = try ScriptedRuntimeAPI([Event(requestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd", headers: headers)])
        _ = await run(
            LambdaRuntime { _, context in
                await seen.see(context)
                return []
            },
            on: api,
            variables
        )
        return await seen.context
    }

    @Test("every header and variable reaches the context")
    func everything() async throws {
        let context = try await context(
            [
                ("Lambda-Runtime-Deadline-Ms", "1542409706888"),
                ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-2:123456789012:function:orders:live"),
                (
                    "lambda-runtime-trace-id",
                    "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
                ),
                (
                    "Lambda-Runtime-Client-Context",
                    #"{"client":{"installation_id":"i","app_title":"t","app_version_name":"n","app_version_code":"c","app_package_name":"p"},"custom":{"a":"b","nested":{"x":[1]},"n":5},"env":{"locale":"de"}}"#
                ),
                ("Lambda-Runtime-Cognito-Identity", #"{"cognitoIdentityId":"id","cognitoIdentityPoolId":"pool"}"#),
                ("Lambda-Runtime-Aws-Tenant-Id", "tenant-7"),
                ("Lambda-Runtime-Invocation-Id", "attempt-1"),
            ],
            [
                "AWS_LAMBDA_FUNCTION_NAME": "orders", "AWS_LAMBDA_FUNCTION_VERSION": "7",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/orders",
                "AWS_LAMBDA_LOG_STREAM_NAME": "2026/[7]abc",
            ]
        )
        let found = try #require(context)
        #expect(found.requestID == "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        #expect(found.invocationID == "attempt-1")
        #expect(found.invokedFunctionARN == "arn:aws:lambda:us-east-2:123456789012:function:orders:live")
        #expect(found.deadline == LambdaClock.Instant(millisecondsSinceEpoch: 1_542_409_706_888))
        #expect(found.remainingTime == .zero)
        #expect(found.traceID == "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1")
        #expect(found.clientContext?.client?.installationID == "i")
        #expect(found.clientContext?.client?.appPackageName == "p")
        #expect(found.clientContext?.custom == ["a": "b", "nested": #"{"x":[1]}"#, "n": "5"])
        #expect(found.clientContext?.environment == ["locale": "de"])
        #expect(found.cognitoIdentity?.identityID == "id")
        #expect(found.cognitoIdentity?.identityPoolID == "pool")
        #expect(found.tenantID == "tenant-7")
        #expect(found.functionName == "orders")
        #expect(found.functionVersion == "7")
        #expect(found.memorySize == 128)
        #expect(found.logGroupName == "/aws/lambda/orders")
        #expect(found.logStreamName == "2026/[7]abc")
        #expect(found.logger[metadataKey: "requestId"] == "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        #expect(found.logger[metadataKey: "tenantId"] == "tenant-7")
    }

    @Test("absent and empty headers are nil", arguments: [false, true])
    func nothing(sentEmpty: Bool) async throws {
        let names = [
            "Lambda-Runtime-Deadline-Ms", "Lambda-Runtime-Invoked-Function-Arn", "Lambda-Runtime-Trace-Id",
            "Lambda-Runtime-Client-Context", "Lambda-Runtime-Cognito-Identity", "Lambda-Runtime-Aws-Tenant-Id",
            "Lambda-Runtime-Invocation-Id",
        ]
        let found = try #require(try await context(sentEmpty ? names.map { ($0, "") } : []))
        #expect(found.deadline == nil)
        #expect(found.remainingTime == LambdaContext.unlimitedTime)
        #expect(found.invokedFunctionARN == nil)
        #expect(found.traceID == nil)
        #expect(found.clientContext == nil)
        #expect(found.cognitoIdentity == nil)
        #expect(found.tenantID == nil)
        #expect(found.invocationID == nil)
        #expect(found.functionName == nil)
        #expect(found.memorySize == nil)
    }

    @Test(
        "a header that cannot be read costs its invocation an /error, and the next one is served",
        arguments: [
            ("Lambda-Runtime-Deadline-Ms", "soon"), ("Lambda-Runtime-Deadline-Ms", "99999999999999999999"),
            ("Lambda-Runtime-Client-Context", "{"), ("Lambda-Runtime-Client-Context", "[]"),
            ("Lambda-Runtime-Cognito-Identity", "nonsense"), ("Lambda-Runtime-Cognito-Identity", #"{"a":1}x"#),
        ]
    )
    func unreadable(name: String, value: String) async throws {
        let api = try ScriptedRuntimeAPI([
            Event(requestID: "a", headers: [(name, value)]), Event("fine", requestID: "b"),
        ])
        _ = await run(echo, on: api)
        #expect(api.posts.map(\.path.lastPathComponent) == ["error", "response"])
        let report = try JSONDecoder().decode(ReportedError.self, from: Data(api.posts[0].body))
        #expect(report.errorType == "Function.InvocationHeaderError")
        #expect(report.errorMessage.hasPrefix("the header \(name) of the invocation is not "))
    }

    @Test("a deadline in the past or at the ends of time leaves no time, or all of it, and never traps")
    func extremes() async throws {
        for (value, isZero) in [("-9223372036854775808", true), ("0", true), ("9223372036854775807", false)] {
            let found = try #require(try await context([("Lambda-Runtime-Deadline-Ms", value)]))
            #expect((found.remainingTime == .zero) == isZero)
        }
    }

    @Test("instants add and subtract without overflow")
    func instants() {
        let latest = LambdaClock.Instant(millisecondsSinceEpoch: .max)
        let earliest = LambdaClock.Instant(millisecondsSinceEpoch: .min)
        #expect(latest.advanced(by: .seconds(1)) == latest)
        #expect(earliest.advanced(by: .seconds(-1)) == earliest)
        #expect(earliest.duration(to: latest) == .milliseconds(Int64.max))
        #expect(
            LambdaClock.Instant(millisecondsSinceEpoch: 5).advanced(by: .milliseconds(7)).millisecondsSinceEpoch == 12
        )
    }
}

@Suite("The trace variable", .serialized)
struct TraceVariableTests {
    private var current: String? { ProcessInfo.processInfo.environment["_X_AMZN_TRACE_ID"] }

    @Test("holds the trace id of the running invocation, and nothing when there is none")
    func perInvocation() {
        let variable = TraceVariable.process
        variable.set("Root=1-a")
        #expect(getenv("_X_AMZN_TRACE_ID").map { String(cString: $0) } == "Root=1-a")
        variable.set("Root=1-longer-than-before")
        #expect(getenv("_X_AMZN_TRACE_ID").map { String(cString: $0) } == "Root=1-longer-than-before")
        variable.set("Root=1-b")
        #expect(getenv("_X_AMZN_TRACE_ID").map { String(cString: $0) } == "Root=1-b")
        variable.set(nil)
        #expect(getenv("_X_AMZN_TRACE_ID") == nil)
        variable.set(String(repeating: "x", count: 5000))
        #expect(getenv("_X_AMZN_TRACE_ID") == nil)
        variable.set(nil)
    }
}

@Suite("ErrorReport")
struct ErrorReportTests {
    struct Plain: Error {}
    struct Generic<T>: Error {}
    enum lower_case2: Error { case one }
    struct Ü: Error {}
    struct X: Error {}

    @Test("the type is one the platform keeps, whatever the error's type is called")
    func types() {
        struct Local: Error {}
        #expect(ErrorReport(Plain()).errorType == "Function.Plain")
        #expect(ErrorReport(Generic<[Int: String]>()).errorType == "Function.Generic")
        #expect(ErrorReport(lower_case2.one).errorType == "Function.Lower_case2")
        #expect(ErrorReport(Local()).errorType == "Function.Local")
        #expect(ErrorReport(Ü()).errorType == "Function.Error")
        #expect(ErrorReport(X()).errorType == "Function.Error")
        #expect(ErrorReport(CancellationError()).errorType == "Function.CancellationError")
    }

    @Test(
        "a type that cannot stand in a header is replaced",
        arguments: ["a\r\nb", "", "ä", String(repeating: "x", count: 300)]
    )
    func unusableType(type: String) {
        struct Own: LambdaErrorConvertible { let lambdaErrorType: String }
        #expect(ErrorReport(Own(lambdaErrorType: type)).errorType == "Function.Own")
    }

    @Test("a message is cut where nobody reads on, and stays valid JSON")
    func longMessage() throws {
        struct Long: LambdaErrorConvertible { let lambdaErrorMessage = String(repeating: "é", count: 100_000) }
        let report = ErrorReport(Long())
        #expect(report.json.count < 70_000)
        _ = try JSONDecoder().decode(ReportedError.self, from: Data(report.json))
    }
}

@Suite("What a log line says of an error")
struct ContentFreeErrorTests {
    struct Carrying: Error { let card = "4111-1111" }
    enum Choice: Error { case plain, carrying(card: String) }
    struct Written: Error, CustomStringConvertible { let description = "the author's words" }
    struct Guarded: Error, CustomStringConvertible, ContentFreeError {
        let description = "card 4111-1111"
        let contentFreeDescription = "the card"
    }

    @Test("the type, the case or the author's words, and never the values that an error carries")
    func descriptions() {
        #expect(Carrying().contentFreeDescription == "Carrying")
        #expect(Choice.plain.contentFreeDescription == "Choice.plain")
        #expect(Choice.carrying(card: "4111-1111").contentFreeDescription == "Choice.carrying")
        #expect(Written().contentFreeDescription == "the author's words")
        #expect(Guarded().contentFreeDescription == "the card")
    }
}

@Suite("RetrySchedule")
struct RetryScheduleTests {
    @Test("doubles its pauses up to the ceiling and ends")
    func pauses() {
        let schedule = RetrySchedule(attempts: 5, firstPause: .milliseconds(100), longestPause: .milliseconds(350))
        #expect(
            (0...6).map { schedule.pause(after: $0) } == [
                .milliseconds(100), .milliseconds(100), .milliseconds(200), .milliseconds(350), .milliseconds(350), nil,
                nil,
            ]
        )
    }
}
