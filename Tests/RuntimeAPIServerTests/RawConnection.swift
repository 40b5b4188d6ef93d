// A runtime written by hand: one connection, requests byte by byte.

import Foundation
import HTTPScripting
import SharedState

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A kept-alive connection to an address on loopback. Blocks a thread of its own, so that a test may wait in `/next`
/// and go on elsewhere.
final class RawConnection: Sendable {
    struct Response: Sendable, Equatable {
        var status: Int
        /// Names in lower case.
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var requestID: String { headers["lambda-runtime-aws-request-id"] ?? "" }
    }

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "raw connection")
    private let buffer = Guarded<[UInt8]>([])

    init(_ endpoint: String) throws {
        let port = UInt16(endpoint.prefix { $0 != "/" }.split(separator: ":").last ?? "") ?? 0
        descriptor = try LoopbackSocket.connection(to: port)
    }

    deinit { Glibc.close(descriptor) }

    /// Ends the connection; a request that waits comes back without a response.
    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Sends bytes as they are.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// One request and its response; nil if the connection ends before that is whole.
    func request(
        _ method: String,
        _ path: String,
        headers: [(String, String)] = [],
        body: [UInt8] = []
    ) async -> Response? {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if method != "GET" || !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        let bytes = Array((head + "\r\n").utf8) + body
        return await onQueue { connection in
            connection.send(bytes)
            return connection.readResponse()
        }
    }

    /// The next response, to what was sent before.
    func response() async -> Response? { await onQueue { $0.readResponse() } }

    private func onQueue<Value: Sendable>(_ work: @escaping @Sendable (RawConnection) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: work(self)) }
        }
    }

    private func readResponse() -> Response? {
        var bytes = buffer.withLock { $0 }
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2 else { continue }
                    headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
                }
                bytes.removeFirst(end.upperBound)
                guard let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") else { return nil }
                guard let body = readBody(headers, status, &bytes) else { return nil }
                let rest = bytes
                buffer.withLock { $0 = rest }
                return Response(status: status, headers: headers, body: body)
            }
            guard fill(&bytes) else { return nil }
        }
    }

    private func readBody(_ headers: [String: String], _ status: Int, _ bytes: inout [UInt8]) -> [UInt8]? {
        guard headers["transfer-encoding"]?.lowercased() == "chunked" else {
            let length = status == 204 ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
            while bytes.count < length { guard fill(&bytes) else { return nil } }
            defer { bytes.removeFirst(length) }
            return Array(bytes[..<length])
        }
        var body: [UInt8] = []
        while true {
            while !bytes.contains(UInt8(ascii: "\n")) { guard fill(&bytes) else { return nil } }
            let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? 0
            let size = Int(String(decoding: bytes[..<max(0, end - 1)], as: UTF8.self), radix: 16) ?? 0
            while bytes.count < end + 1 + size + 2 { guard fill(&bytes) else { return nil } }
            body += bytes[(end + 1)..<(end + 1 + size)]
            bytes.removeFirst(end + 1 + size + 2)
            if size == 0 { return body }
        }
    }

    private func fill(_ bytes: inout [UInt8]) -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { return false }
        bytes.append(contentsOf: piece[..<count])
        return true
    }
}

/// The Runtime API by its requests, as a runtime makes them.
struct RawRuntime {
    let connection: RawConnection
    let base: String

    init(_ endpoint: String, base: String = "") throws {
        connection = try RawConnection(endpoint)
        self.base = base
    }

    func next(headers: [(String, String)] = [], body: [UInt8] = []) async -> RawConnection.Response? {
        let path = "\(base)/2018-06-01/runtime/invocation/next"
        return await connection.request("GET", path, headers: headers, body: body)
    }

    func respond(
        _ requestID: String,
        _ body: [UInt8] = Array(#""done""#.utf8),
        headers: [(String, String)] = []
    ) async -> RawConnection.Response? {
        let path = "\(base)/2018-06-01/runtime/invocation/\(requestID)/response"
        return await connection.request("POST", path, headers: headers, body: body)
    }

    func fail(
        _ requestID: String,
        type: String? = "Function.Failed",
        body: String = #"{"errorMessage":"failed","errorType":"Failed"}"#,
        headers: [(String, String)] = []
    ) async -> RawConnection.Response? {
        let path = "\(base)/2018-06-01/runtime/invocation/\(requestID)/error"
        let headers = headers + (type.map { [("Lambda-Runtime-Function-Error-Type", $0)] } ?? [])
        return await connection.request("POST", path, headers: headers, body: Array(body.utf8))
    }

    func post(_ path: String, _ body: String = "{}", headers: [(String, String)] = []) async -> RawConnection.Response?
    {
        await connection.request("POST", base + path, headers: headers, body: Array(body.utf8))
    }

    func get(_ path: String, headers: [(String, String)] = []) async -> RawConnection.Response? {
        await connection.request("GET", base + path, headers: headers)
    }
}
