// The other end of the benchmark: an HTTP server that answers two bytes, or nothing, one thread a connection.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum LoopbackServer {
    struct NoSocket: Error {}

    /// Gives the port it listens on.
    static func start() throws -> UInt16 {
        signal(SIGPIPE, SIG_IGN)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1024) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound else { throw NoSocket() }
        thread(listener) { argument in
            let listener = Int32(Int(bitPattern: argument))
            while case let client = accept(listener, nil, nil), client >= 0 {
                thread(client) { argument in
                    serve(Int32(Int(bitPattern: argument)))
                    return nil
                }
            }
            return nil
        }
        return UInt16(bigEndian: address.sin_port)
    }
}

// Outside the type: a C function may not capture it.

private func thread(
    _ descriptor: Int32,
    _ body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
) {
    var thread = pthread_t()
    pthread_create(&thread, nil, body, UnsafeMutableRawPointer(bitPattern: Int(descriptor)))
    pthread_detach(thread)
}

private func serve(_ client: Int32) {
    defer { close(client) }
    let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    // The requests of the benchmark are small and arrive whole, each after the last one's answer.
    while case let count = read(client, &buffer, buffer.count), count > 0 {
        if buffer.starts(with: Array("GET /silence".utf8)) { continue }
        guard write(client, answer, answer.count) == answer.count else { return }
    }
}
