// Ten thousand concurrent requests through one HTTPClient: how fast, in how much memory, and what is left of it.

import LambdaStreamsAWS

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct TransferBenchmarks {
    static let concurrency = 10_000
    static let rounds = 5

    static func main() async throws {
        let port = try LoopbackServer.start()
        let client = HTTPClient()
        let body = [UInt8](repeating: 0x78, count: 500)
        let url = "http://127.0.0.1:\(port)/"
        // What the first request makes once: the thread, its handle, the pool of threads of Swift's tasks.
        _ = try await client.send(HTTPRequest(.post, url, body: body))
        let before = (memory: Process.residentMegabytes, descriptors: Process.descriptors)
        print("one request before:   \(before.memory) MB resident, \(before.descriptors) descriptors")
        for round in 1...rounds {
            let clock = ContinuousClock()
            let time = try await clock.measure { try await run(client, url, body) }
            let perSecond = Int(Double(concurrency) / (time / .seconds(1)))
            print(
                "\(concurrency) at once, round \(round): \(perSecond) requests/s, \(Process.residentMegabytes) MB resident, "
                    + "\(Process.peakMegabytes) MB at most, \(Process.descriptors) descriptors"
            )
        }
        await cancelled(client, "http://127.0.0.1:\(port)/silence")
        print("after as many cancelled: \(Process.residentMegabytes) MB resident, \(Process.descriptors) descriptors")
        client.shutDown()
        // The thread closes its connections and ends; the server's ends follow.
        try await Task.sleep(for: .seconds(1))
        print("after shutting down:  \(Process.residentMegabytes) MB resident, \(Process.descriptors) descriptors")
    }

    static func run(_ client: HTTPClient, _ url: String, _ body: [UInt8]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<concurrency {
                group.addTask {
                    let request = HTTPRequest(.post, url, body: body, timeout: .seconds(120))
                    let response = try await client.send(request)
                    precondition(response.status == 200 && response.body.count == 2)
                }
            }
            try await group.waitForAll()
        }
    }

    static func cancelled(_ client: HTTPClient, _ url: String) async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<concurrency {
                group.addTask { _ = try? await client.send(HTTPRequest(.get, url, timeout: .seconds(120))) }
            }
            try? await Task.sleep(for: .milliseconds(500))
            group.cancelAll()
        }
    }
}

enum Process {
    static var descriptors: Int {
        var count = 0
        guard let folder = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(folder) }
        while readdir(folder) != nil { count += 1 }
        return count - 3
    }

    static var residentMegabytes: Int { status("VmRSS:") / 1024 }
    static var peakMegabytes: Int { status("VmHWM:") / 1024 }

    private static func status(_ name: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return -1 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix(name) { return Int(text.filter(\.isNumber)) ?? -1 }
        }
        return -1
    }
}
