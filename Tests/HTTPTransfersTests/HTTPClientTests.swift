// Many requests at once against real sockets: connections, turns, deadlines, cancellation, shutting down.

import Foundation
import HTTPScripting
import HTTPTransfers
import SharedState
import Testing

@Suite("HTTPClient")
struct HTTPClientTests {
    @Test("requests one after the other share a connection, whatever their method", arguments: [false, true])
    func keepsAlive(isPost: Bool) async throws {
        let server = try ScriptedServer { .status(200, body: $0.body) }
        defer { server.stop() }
        let client = HTTPClient(HTTPClientConfiguration(userAgent: "tests/1"))
        for index in 0..<5 {
            let body = isPost ? Array("\(index)".utf8) : []
            let response = try await client.send(HTTPRequest(isPost ? .post : .get, server.url("/a"), body: body))
            #expect(response.status == 200)
            #expect(response.body == body)
        }
        #expect(Set(server.requests.map(\.connection)) == [0])
        #expect(server.requests.allSatisfy { $0.headers["user-agent"] == "tests/1" && $0.headers["expect"] == nil })
    }

    @Test("a body goes out and comes in unchanged", arguments: [0, 1, 1000, 1_048_577, 6_291_556], ["POST", "PUT"])
    func bodies(size: Int, method: String) async throws {
        let server = try ScriptedServer { .status(200, body: $0.body) }
        defer { server.stop() }
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let response = try await HTTPClient().send(
            HTTPRequest(try #require(.init(rawValue: method)), server.url("/"), body: body)
        )
        #expect(response.body == body)
        #expect(server.requests.first?.method == method)
        #expect(server.requests.first?.headers["content-length"] == "\(size)")
    }

    @Test("a status of any kind is a response, with its headers", arguments: [204, 301, 404, 500, 503])
    func statuses(status: Int) async throws {
        let server = try ScriptedServer { _ in
            .status(status, headers: [("X-Amzn-RequestId", "r-1"), ("Location", "http://127.0.0.1:9/")])
        }
        defer { server.stop() }
        let response = try await HTTPClient().send(HTTPRequest(.get, server.url("/")))
        #expect(response.status == status)
        #expect(response.headers["x-amzn-requestid"] == "r-1")
    }

    @Test("no more requests than allowed run at once, and all of two thousand get their turn and their own answer")
    func turns() async throws {
        let count = Guarded((now: 0, most: 0))
        let server = try ScriptedServer { request in
            count.withLock { count in
                count.now += 1
                count.most = max(count.most, count.now)
            }
            defer { count.withLock { $0.now -= 1 } }
            return .status(200, body: Array(request.path.utf8))
        }
        defer { server.stop() }
        let client = HTTPClient(HTTPClientConfiguration(maximumTransfers: 8))
        let url = server.url("")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<2000 {
                group.addTask {
                    let request = HTTPRequest(.get, "\(url)/\(index)", timeout: .seconds(120))
                    let response = try await client.send(request)
                    #expect(response.body == Array("/\(index)".utf8))
                }
            }
            try await group.waitForAll()
        }
        #expect(count.withLock { $0.most } <= 8)
        #expect(Set(server.requests.map(\.connection)).count <= 8)
    }

    @Test("a request whose time runs out ends, and its connection with it")
    func deadline() async throws {
        let server = try ScriptedServer { _ in .silence(after: Array("HTTP/1.1 200 OK\r\nContent-Le".utf8)) }
        defer { server.stop() }
        let error = await #expect(throws: CurlError.self) {
            try await HTTPClient().send(HTTPRequest(.get, server.url("/"), timeout: .milliseconds(300)))
        }
        #expect(error?.kind == .timedOut)
        #expect(await server.closesAll())
    }

    @Test("a request whose time runs out while it waits for its turn ends too")
    func deadlineInLine() async throws {
        let server = try ScriptedServer { _ in .silence() }
        defer { server.stop() }
        let client = HTTPClient(HTTPClientConfiguration(maximumTransfers: 1))
        let url = server.url("/")
        let first = Task { try await client.send(HTTPRequest(.get, url, timeout: .seconds(120))) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let error = await #expect(throws: CurlError.self) {
            try await client.send(HTTPRequest(.get, url, timeout: .milliseconds(200)))
        }
        #expect(error?.kind == .timedOut)
        #expect(server.requests.count == 1)
        first.cancel()
        _ = await first.result
    }

    @Test("cancelling the task stops the transfer: the server sees its connection close")
    func cancellation() async throws {
        let server = try ScriptedServer { _ in .silence() }
        defer { server.stop() }
        let client = HTTPClient()
        let url = server.url("/")
        let task = Task { try await client.send(HTTPRequest(.post, url, body: [1], timeout: .seconds(120))) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.openConnections == 1)
        task.cancel()
        let error = await #expect(throws: CurlError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(await server.closesAll())
    }

    @Test("cancelled requests in line, and one cancelled before it began, are never sent")
    func cancellationInLine() async throws {
        let server = try ScriptedServer { _ in .silence() }
        defer { server.stop() }
        let client = HTTPClient(HTTPClientConfiguration(maximumTransfers: 1))
        let url = server.url("/")
        let tasks = (0..<50).map { index in
            Task { try await client.send(HTTPRequest(.get, "\(url)\(index)", timeout: .seconds(120))) }
        }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        // The one that runs goes last, for its place would be another's that is still in line.
        let running = try #require(Int(server.requests[0].path.dropFirst()))
        for (index, task) in tasks.enumerated() where index != running { task.cancel() }
        tasks[running].cancel()
        for task in tasks {
            let error = await #expect(throws: CurlError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
        }
        #expect(server.requests.count == 1)
        #expect(await server.closesAll())
    }

    @Test("shutting down ends what runs and waits and closes the connections; later requests are refused")
    func shutDown() async throws {
        let server = try ScriptedServer { $0.path == "/quick" ? .status(200) : .silence() }
        defer { server.stop() }
        let client = HTTPClient(HTTPClientConfiguration(maximumTransfers: 2))
        _ = try await client.send(HTTPRequest(.get, server.url("/quick")))
        let url = server.url("/")
        let tasks = (0..<5).map { _ in Task { try await client.send(HTTPRequest(.get, url, timeout: .seconds(120))) } }
        while server.requests.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        client.shutDown()
        for task in tasks {
            let error = await #expect(throws: CurlError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
        }
        #expect(await server.closesAll())
        let error = await #expect(throws: CurlError.self) { try await client.send(HTTPRequest(.get, url)) }
        #expect(error?.kind == .cancelled)
    }

    @Test("a client that is no longer held closes its connections")
    func released() async throws {
        let server = try ScriptedServer { _ in .status(200) }
        defer { server.stop() }
        _ = try await HTTPClient().send(HTTPRequest(.get, server.url("/")))
        #expect(await server.closesAll())
    }
}

extension ScriptedServer {
    func url(_ path: String) -> String { "http://\(endpoint)\(path)" }

    /// Whether every connection is closed, soon.
    func closesAll() async -> Bool {
        for _ in 0..<1000 where openConnections > 0 { try? await Task.sleep(for: .milliseconds(20)) }
        return openConnections == 0
    }
}
