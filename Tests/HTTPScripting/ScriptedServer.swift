// An HTTP server that misbehaves on request: what it answers, and how it breaks, is a closure of the test.

import Foundation
import SharedState

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A server on loopback that answers each request as a closure says, over real sockets.
public final class ScriptedServer: Sendable {
    public struct Request: Sendable {
        public let method: String
        public let path: String
        /// Names in lower case.
        public let headers: [String: String]
        public let body: [UInt8]
        /// Counts connections from 0, so that tests can see one reused.
        public let connection: Int
        /// Whether it is the connection's first request.
        public let connectionIsNew: Bool

        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    public enum Reply: Sendable {
        case status(Int, headers: [(String, String)] = [], body: [UInt8] = [])
        /// These bytes and nothing else; the connection is closed after them.
        case raw([UInt8])
        /// The connection is closed without an answer.
        case close
        /// The connection is reset without an answer.
        case reset
        /// These bytes, and then nothing until the client closes the connection.
        case silence(after: [UInt8] = [])

        public static func status(_ code: Int, headers: [(String, String)] = [], body: String) -> Reply {
            .status(code, headers: headers, body: Array(body.utf8))
        }
    }

    public let port: Int
    private let listener: Int32
    private let answer: @Sendable (Request) -> Reply
    private let seen = Guarded<[Request]>([])
    private let open = Guarded(0)

    /// Starts listening on a free port of loopback.
    public init(answer: @escaping @Sendable (Request) -> Reply) throws {
        self.answer = answer
        (listener, port) = try LoopbackSocket.listener()
        Thread.detachNewThread { [self] in acceptLoop() }
    }

    public var endpoint: String { "127.0.0.1:\(port)" }
    public var requests: [Request] { seen.withLock { $0 } }
    /// How many connections neither side has closed.
    public var openConnections: Int { open.withLock { $0 } }

    /// The flags (`F_GETFD`) of this process's descriptors that are connected to the server.
    public var clientDescriptorFlags: [Int32] {
        (Int32(0)..<4096).compactMap { descriptor in
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) == 0 }
            }
            guard isConnected, address.sin_family == sa_family_t(AF_INET) else { return nil }
            guard Int(UInt16(bigEndian: address.sin_port)) == port else { return nil }
            return fcntl(descriptor, F_GETFD)
        }
    }

    /// Stops listening; connections that are open stay until their clients go.
    public func stop() {
        // The accepting thread closes it: closed here, its number could be another server's before accept returns.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptLoop() {
        var number = 0
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else {
                close(listener)
                return
            }
            let connection = number
            Thread.detachNewThread { [self] in serve(client, connection) }
            number += 1
        }
    }

    private func serve(_ client: Int32, _ connection: Int) {
        open.withLock { $0 += 1 }
        defer {
            close(client)
            open.withLock { $0 -= 1 }
        }
        var buffer: [UInt8] = []
        var isNew = true
        while let request = readRequest(client, &buffer, connection, isNew) {
            isNew = false
            seen.withLock { $0.append(request) }
            switch answer(request) {
            case .status(let code, let headers, let body):
                var head = "HTTP/1.1 \(code) Scripted\r\nContent-Length: \(body.count)\r\n"
                for (name, value) in headers { head += "\(name): \(value)\r\n" }
                write(client, Array((head + "\r\n").utf8) + body)
            case .raw(let bytes):
                write(client, bytes)
                return
            case .close: return
            case .silence(let bytes):
                write(client, bytes)
                while fill(client, &buffer) {}
                return
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return
            }
        }
    }

    private func readRequest(_ client: Int32, _ buffer: inout [UInt8], _ connection: Int, _ isNew: Bool)
        -> Request?
    {
        let separator = Array("\r\n\r\n".utf8)
        while true {
            if let end = buffer.firstRange(of: separator) {
                let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    headers[parts[0].lowercased()] =
                        parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
                }
                let length = headers["content-length"].flatMap { Int($0) } ?? 0
                while buffer.count < end.upperBound + length { guard fill(client, &buffer) else { return nil } }
                let body = Array(buffer[end.upperBound..<end.upperBound + length])
                buffer.removeFirst(end.upperBound + length)
                let start = lines[0].split(separator: " ")
                return Request(
                    method: String(start[0]),
                    path: String(start[1]),
                    headers: headers,
                    body: body,
                    connection: connection,
                    connectionIsNew: isNew
                )
            }
            guard fill(client, &buffer) else { return nil }
        }
    }

    private func fill(_ client: Int32, _ buffer: inout [UInt8]) -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(client, &piece, piece.count)
        guard count > 0 else { return false }
        buffer.append(contentsOf: piece[..<count])
        return true
    }

    private func write(_ client: Int32, _ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
