// Each way in which a server or the way to it breaks, and the kind of error or the safe repetition it becomes.

import Foundation
import HTTPScripting
import HTTPTransfers
import SharedState
import Testing

@Suite("HTTPClient against what breaks")
struct BrokenConnectionTests {
    @Test(
        "a broken answer is a lost connection",
        arguments: [
            .close, .reset, .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".utf8)),
            .raw(Array("HTTP/1.1 200 OK\r\nContent-Le".utf8)), .raw(Array("this is not HTTP\r\n\r\n".utf8)),
            .raw(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel".utf8)),
        ] as [ScriptedServer.Reply]
    )
    func broken(reply: ScriptedServer.Reply) async throws {
        let server = try ScriptedServer { _ in reply }
        defer { server.stop() }
        let error = await #expect(throws: CurlError.self) {
            try await HTTPClient().send(HTTPRequest(.post, server.url("/secret-path?a=b"), body: [1]))
        }
        #expect(error?.kind == .connectionLost, "\(String(describing: error))")
        #expect(error?.description.contains("127.0.0.1") == true)
        #expect(error?.description.contains("secret-path") == false)
    }

    @Test("a server that is not there, a name that is none and a URL that is none are told apart")
    func unreachable() async throws {
        let server = try ScriptedServer { _ in .close }
        let url = server.url("/")
        server.stop()
        for (url, kind) in [
            (url, CurlError.Kind.couldNotConnect), ("http://no-such-host.invalid/", .couldNotResolve),
            ("http://[half/", .malformedURL), ("", .malformedURL),
        ] {
            let error = await #expect(throws: CurlError.self) {
                // Until the listener is gone, a connection may still be accepted.
                var last: CurlError?
                for _ in 0..<200 {
                    do throws(CurlError) {
                        _ = try await HTTPClient().send(HTTPRequest(.get, url, timeout: .seconds(60)))
                    } catch {
                        last = error
                        if error.kind == kind { throw error }
                    }
                    try? await Task.sleep(for: .milliseconds(10))
                }
                if let last { throw last }
            }
            #expect(error?.kind == kind, "\(url): \(String(describing: error))")
        }
    }

    @Test("a response above the limit ends the transfer, announced or not", arguments: [true, false])
    func tooLarge(isAnnounced: Bool) async throws {
        let body = [UInt8](repeating: 0x61, count: 100_000)
        let server = try ScriptedServer { _ in
            isAnnounced ? .status(200, body: body) : .raw(Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + body)
        }
        defer { server.stop() }
        let error = await #expect(throws: CurlError.self) {
            try await HTTPClient().send(HTTPRequest(.get, server.url("/"), maximumResponseSize: 99_999))
        }
        #expect(error?.kind == .responseTooLarge(limit: 99_999))
        let exact = try await HTTPClient().send(HTTPRequest(.get, server.url("/"), maximumResponseSize: 100_000))
        #expect(exact.body == body)
    }

    @Test("headers with line breaks are refused before anything is sent")
    func injection() async throws {
        let server = try ScriptedServer { _ in .status(200) }
        defer { server.stop() }
        await #expect(throws: CurlError.self) {
            try await HTTPClient().send(HTTPRequest(.get, server.url("/"), headers: [("A", "b\r\nX-Evil: 1")]))
        }
        #expect(server.requests.isEmpty)
    }

    @Test("a connection that the server closed while it was kept is replaced without a failure")
    func closedWhileKept() async throws {
        // Closes behind each answer, without saying so.
        let server = try ScriptedServer { _ in .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)) }
        defer { server.stop() }
        let client = HTTPClient()
        for _ in 0..<20 {
            let response = try await client.send(HTTPRequest(.post, server.url("/"), body: [1]))
            #expect(response.body == Array("ok".utf8))
        }
        #expect(server.requests.count == 20)
    }

    @Test(
        "a kept connection that dies under a request is replaced, and the request sent again",
        arguments: [true, false]
    )
    func staleUnderRequest(isReset: Bool) async throws {
        let server = try ScriptedServer { request in
            request.path == "/second" && request.connection == 0 ? (isReset ? .reset : .close) : .status(200)
        }
        defer { server.stop() }
        let client = HTTPClient()
        _ = try await client.send(HTTPRequest(.get, server.url("/first")))
        let response = try await client.send(HTTPRequest(.post, server.url("/second"), body: [7]))
        #expect(response.status == 200)
        let second = server.requests.filter { $0.path == "/second" }
        #expect(second.map(\.connection) == [0, 1])
        #expect(second.map(\.body) == [[7], [7]])
    }

    @Test(
        "a request that must not be repeated fails where its connection dies",
        arguments: [ScriptedServer.Reply.close, .reset]
    )
    func notRepeated(reply: ScriptedServer.Reply) async throws {
        let server = try ScriptedServer { $0.path == "/once" ? reply : .status(200) }
        defer { server.stop() }
        let client = HTTPClient()
        _ = try await client.send(HTTPRequest(.get, server.url("/first")))
        let error = await #expect(throws: CurlError.self) {
            try await client.send(HTTPRequest(.post, server.url("/once"), body: [7], mayBeRepeated: false))
        }
        #expect(error?.kind == .connectionLost)
        #expect(server.requests.map(\.path) == ["/first", "/once"])
    }

    @Test("a request that must not be repeated does not trust a connection that was idle for long")
    func notRepeatedAfterIdling() async throws {
        let server = try ScriptedServer { _ in .status(200) }
        defer { server.stop() }
        let time = Guarded<Int64>(1000)
        var configuration = HTTPClientConfiguration(maximumIdleTime: .seconds(50))
        configuration.wallClock = { time.withLock { $0 } }
        let client = HTTPClient(configuration)
        for (seconds, mayBeRepeated) in [(0, false), (3, true), (3, false), (-10, false)] as [(Int64, Bool)] {
            time.withLock { $0 += seconds }
            _ = try await client.send(
                HTTPRequest(.post, server.url("/"), body: [1], mayBeRepeated: mayBeRepeated)
            )
        }
        #expect(server.requests.map(\.connection) == [0, 0, 1, 2])
    }

    @Test("trailers behind a reply are no lost connection")
    func trailers() async throws {
        let server = try ScriptedServer { _ in
            .raw(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n".utf8))
        }
        defer { server.stop() }
        let response = try await HTTPClient().send(HTTPRequest(.post, server.url("/"), body: [1]))
        #expect(response.body == Array("ok".utf8))
        #expect(server.requests.count == 1)
    }

    #if os(Linux)
    @Test("a connection that waits for its response is kept alive by TCP, and not inherited by other programs")
    func keepAlive() async throws {
        let server = try ScriptedServer { _ in .silence() }
        defer { server.stop() }
        let client = HTTPClient()
        let request = HTTPRequest(.post, server.url("/"), body: [1], timeout: .seconds(600), mayBeRepeated: false)
        let task = Task { try await client.send(request) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.clientDescriptorFlags.map { $0 & FD_CLOEXEC } == [FD_CLOEXEC])
        // Of the table's columns the third is the server's address and the sixth the timer: 02 is keep-alive, with its
        // time in hundredths of a second. Right after the request it may still be the retransmission's.
        let port = String(server.port, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: 4 - port.count) + port
        var seconds: Int?
        for _ in 0..<200 where seconds == nil {
            // Read to its end: `String(contentsOfFile:)` takes one piece of a file that does not say how long it is.
            let file = try #require(FileHandle(forReadingAtPath: "/proc/net/tcp"))
            let table = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
            // The table can be long, with the connections of other tests that were closed: state 06.
            let lines = table.split(separator: "\n").filter { $0.contains(":\(padded) 01 ") }
            let rows = lines.map { $0.split(separator: " ") }
            let row = rows.first { row in row.count > 5 && row[2].split(separator: ":").last == padded[...] }
            let timer = row?[5].split(separator: ":")
            if let timer, timer.count == 2 {
                if timer[0] == "02" { seconds = Int(timer[1], radix: 16).map { $0 / 100 } }
                if timer[0] == "00" { break }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try #require(seconds) < 350)
        task.cancel()
        _ = await task.result
    }
    #endif

    @Test(
        "what stands in a URL beside the server's address is in no error",
        arguments: ["/SECRET", "?SECRET", "#SECRET", "/a/SECRET?SECRET", ""]
    )
    func originOnly(target: String) async throws {
        let server = try ScriptedServer { _ in .close }
        defer { server.stop() }
        let url = "http://SECRET:SECRET@\(server.endpoint)\(target)"
        let error = await #expect(throws: CurlError.self) { try await HTTPClient().send(HTTPRequest(.get, url)) }
        #expect(error?.description.contains("http://\(server.endpoint)") == true, "\(String(describing: error))")
        #expect(error?.description.contains("SECRET") == false)
    }

    @Test("after the environment was frozen for long no connection from before is used")
    func thaw() async throws {
        let server = try ScriptedServer { _ in .status(200) }
        defer { server.stop() }
        let time = Guarded<Int64>(1000)
        var configuration = HTTPClientConfiguration(maximumIdleTime: .seconds(50))
        configuration.wallClock = { time.withLock { $0 } }
        let client = HTTPClient(configuration)
        for seconds: Int64 in [0, 50, 51, -10] {
            time.withLock { $0 += seconds }
            _ = try await client.send(HTTPRequest(.get, server.url("/")))
        }
        #expect(server.requests.map(\.connection) == [0, 0, 1, 2])
    }
}
