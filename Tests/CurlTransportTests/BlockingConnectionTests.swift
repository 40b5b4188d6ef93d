// The runtime loop's connection against real sockets: what arrives, what is kept alive, what each breakage becomes.

import CurlTransport
import Foundation
import HTTPScripting
import Testing

@Suite("BlockingConnection")
struct BlockingConnectionTests {
    private func connection() throws -> BlockingConnection { try BlockingConnection(userAgent: "tests/1") }

    @Test("requests share one connection, which is kept alive")
    func keepsAlive() throws {
        let server = try ScriptedServer { _ in .status(200, body: "x") }
        defer { server.stop() }
        let connection = try connection()
        let headers = try RequestHeaders([])
        for _ in 0..<5 {
            _ = try connection.get("http://\(server.endpoint)/a", headers: headers, maximumBodySize: 10)
            _ = try connection.post("http://\(server.endpoint)/b", headers: headers, body: [1, 2, 3])
        }
        #expect(server.requests.count == 10)
        #expect(Set(server.requests.map(\.connection)) == [0])
        #expect(server.requests.allSatisfy { $0.headers["user-agent"] == "tests/1" })
    }

    @Test("a body goes out and comes in unchanged", arguments: [0, 1, 1000, 1_048_577, 6_291_556])
    func bodies(size: Int) throws {
        let server = try ScriptedServer { .status(200, body: $0.body) }
        defer { server.stop() }
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let headers = try RequestHeaders([("Expect", "")])
        let response = try connection().post(
            "http://\(server.endpoint)/",
            headers: headers,
            body: body,
            maximumBodySize: 6_291_556
        )
        #expect(response.body == body)
        #expect(server.requests[0].body == body)
        // Else libcurl waits a second for a `100 Continue`.
        #expect(server.requests[0].headers["expect"] == nil)
    }

    @Test("a body that its receiver keeps is not overwritten by the next one")
    func keptBody() throws {
        let server = try ScriptedServer { .status(200, body: Array($0.path.utf8)) }
        defer { server.stop() }
        let connection = try connection()
        let headers = try RequestHeaders([])
        let first = try connection.get("http://\(server.endpoint)/first", headers: headers, maximumBodySize: 100)
        let second = try connection.get("http://\(server.endpoint)/other", headers: headers, maximumBodySize: 100)
        #expect(first.body == Array("/first".utf8))
        #expect(second.body == Array("/other".utf8))
    }

    @Test("header names are found whatever their case, values are trimmed")
    func headers() throws {
        let server = try ScriptedServer { _ in
            .raw(
                Array("HTTP/1.1 200 OK\r\nX-Spaced:   a b \t\r\nlambda-RUNTIME-x: 1\r\nContent-Length: 0\r\n\r\n".utf8)
            )
        }
        defer { server.stop() }
        let headers = try RequestHeaders([])
        let response = try connection().get("http://\(server.endpoint)/", headers: headers, maximumBodySize: 100)
        #expect(response.headers["x-spaced"] == "a b")
        #expect(response.headers["Lambda-Runtime-X"] == "1")
        #expect(response.headers["Absent"] == nil)
    }

    struct Breakage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let reply: ScriptedServer.Reply
        let kinds: [CurlError.Kind]

        init(_ name: String, _ reply: ScriptedServer.Reply, _ kinds: CurlError.Kind...) {
            testDescription = name
            self.reply = reply
            self.kinds = kinds
        }

        init(_ name: String, raw text: String, _ kinds: CurlError.Kind...) {
            testDescription = name
            reply = .raw(Array(text.utf8))
            self.kinds = kinds
        }
    }

    @Test(
        "each breakage is told apart",
        arguments: [
            Breakage("closed", .close, .connectionLost),
            Breakage("reset", .reset, .connectionLost),
            Breakage("body cut short", raw: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .connectionLost),
            Breakage("head cut within a line", raw: "HTTP/1.1 200 OK\r\nContent-Le", .connectionLost),
            Breakage("head cut after a line", raw: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", .connectionLost),
            Breakage("not HTTP", raw: "certainly not HTTP\r\n\r\n", .connectionLost),
            Breakage(
                "large body",
                .status(200, body: String(repeating: "x", count: 101)),
                .responseTooLarge(limit: 100)
            ),
            Breakage(
                "many headers",
                raw:
                    "HTTP/1.1 200 OK\r\n\(String(repeating: "X: \(String(repeating: "x", count: 996))\r\n", count: 300))\r\n",
                .responseTooLarge(limit: 262_144),
                // libcurl from 8.3 on has a bound of its own.
                .connectionLost
            ),
        ]
    )
    func breakages(_ breakage: Breakage) throws {
        let server = try ScriptedServer { _ in breakage.reply }
        defer { server.stop() }
        let connection = try connection()
        let headers = try RequestHeaders([])
        let error = #expect(throws: CurlError.self) {
            try connection.get("http://\(server.endpoint)/", headers: headers, maximumBodySize: 100)
        }
        #expect(breakage.kinds.contains { $0 == error?.kind }, "\(String(describing: error?.kind))")
    }

    @Test("the connection is good again after a breakage")
    func recovers() throws {
        let server = try ScriptedServer { $0.path == "/bad" ? .reset : .status(200, body: "fine") }
        defer { server.stop() }
        let connection = try connection()
        let headers = try RequestHeaders([])
        #expect(throws: CurlError.self) {
            try connection.get("http://\(server.endpoint)/bad", headers: headers, maximumBodySize: 100)
        }
        let response = try connection.get("http://\(server.endpoint)/good", headers: headers, maximumBodySize: 100)
        #expect(response.body == Array("fine".utf8))
    }

    @Test("a port that nobody listens on, a name that nobody has and a URL that is none are told apart")
    func unreachable() throws {
        let server = try ScriptedServer { _ in .close }
        server.stop()
        let headers = try RequestHeaders([])
        for (url, kind) in [
            ("http://\(server.endpoint)/", CurlError.Kind.couldNotConnect),
            ("http://no-such-host.invalid/", .couldNotResolve),
            ("http://[::1", .malformedURL),
        ] {
            let error = #expect(throws: CurlError.self) {
                try connection().get(url, headers: headers, maximumBodySize: 100)
            }
            #expect(error?.kind == kind, "\(url)")
        }
    }

    @Test("proxies of the environment are ignored")
    func proxies() async {
        // In a process of its own: the other tests' clients heed the variable.
        await #expect(processExitsWith: .success) {
            let server = try ScriptedServer { _ in .status(200, body: "direct") }
            defer { server.stop() }
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            let connection = try BlockingConnection(userAgent: "tests/1")
            let headers = try RequestHeaders([])
            let response = try connection.get("http://\(server.endpoint)/", headers: headers, maximumBodySize: 100)
            #expect(response.body == Array("direct".utf8))
        }
    }

    @Test(
        "a header that HTTP does not allow is refused, and says that nothing was sent",
        arguments: [
            ("X", "a\r\nX: y"), ("X", "a\nb"), ("X", "a\0b"), ("X", "a\u{1B}b"), ("X", "\u{7F}"), ("", "a"),
            ("X Y", "a"), ("X:", "a"), ("X\n", "a"), ("Ü", "a"),
        ]
    )
    func headerInjection(name: String, value: String) {
        let error = #expect(throws: CurlError.self) { _ = try RequestHeaders([(name, value)]) }
        #expect(error?.kind == .malformedHeader)
    }

    @Test("values may have tabs and what is not ASCII")
    func headerValues() throws {
        _ = try RequestHeaders([("X-a_b.1", "a\tb ü"), ("Accept", "")])
    }

    @Test(
        "on a kept connection that dies a GET is sent again, and a POST is not",
        arguments: [ScriptedServer.Reply.close, .reset]
    )
    func sentOnce(reply: ScriptedServer.Reply) throws {
        let server = try ScriptedServer { request in
            !request.connectionIsNew && request.path == "/dies" ? reply : .status(200, body: "x")
        }
        defer { server.stop() }
        let headers = try RequestHeaders([])
        for body in [[], [1, 2, 3], [UInt8](repeating: 7, count: 1_000_000)] as [[UInt8]] {
            let connection = try connection()
            func get(_ path: String) throws -> HTTPResponse {
                try connection.get("http://\(server.endpoint)\(path)", headers: headers, maximumBodySize: 10)
            }
            _ = try get("/lives")
            #expect(try get("/dies").status == 200)
            _ = try get("/lives")
            let before = server.requests.count
            let error = #expect(throws: CurlError.self) {
                try connection.post("http://\(server.endpoint)/dies", headers: headers, body: body)
            }
            #expect(error?.kind == .connectionLost)
            _ = try get("/lives")
            #expect(server.requests.dropFirst(before).map(\.method) == ["POST", "GET"])
        }
    }

    @Test("trailers behind a body are no lost connection, nor part of the headers", arguments: [true, false])
    func trailers(isAnnounced: Bool) throws {
        let announcement = isAnnounced ? "Trailer: X-Late\r\n" : ""
        let server = try ScriptedServer { _ in
            .raw(
                Array(
                    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\(announcement)\r\n"
                        + "2\r\nok\r\n0\r\nX-Late: 1\r\nHTTPS: 2\r\n\r\n").utf8
                )
            )
        }
        defer { server.stop() }
        let headers = try RequestHeaders([])
        let response = try connection().get("http://\(server.endpoint)/", headers: headers, maximumBodySize: 10)
        #expect(response.status == 200 && response.body == Array("ok".utf8))
        #expect(response.headers["X-Late"] == nil)
    }

    @Test("programs that the process starts do not inherit its connection")
    func closedOnExec() throws {
        let server = try ScriptedServer { _ in .status(200) }
        defer { server.stop() }
        let connection = try connection()
        let headers = try RequestHeaders([])
        _ = try connection.get("http://\(server.endpoint)/", headers: headers, maximumBodySize: 10)
        #expect(server.clientDescriptorFlags.map { $0 & FD_CLOEXEC } == [FD_CLOEXEC])
    }
}
