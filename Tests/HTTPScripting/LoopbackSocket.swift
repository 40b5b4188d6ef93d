// Stream sockets on loopback.

import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

public enum LoopbackSocket {
    /// Opens a socket and hands it over with the address.
    ///
    /// - Parameter port: 0 for a free one. The address has the port that `body` finds.
    /// - Returns: the descriptor, which the caller closes, and the port.
    private static func open(
        port: UInt16 = 0,
        _ body: (Int32, UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Bool
    ) throws -> (descriptor: Int32, port: Int) {
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let succeeded = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(descriptor, $0, &length) }
        }
        guard succeeded else {
            let code = errno
            close(descriptor)
            throw POSIXError(.init(rawValue: code) ?? .EIO)
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// Listens on a free port.
    public static func listener() throws -> (descriptor: Int32, port: Int) {
        try open { bind($0, $1, $2) == 0 && listen($0, 64) == 0 && getsockname($0, $1, &$2) == 0 }
    }

    /// Connects to a port.
    public static func connection(to port: UInt16) throws -> Int32 {
        try open(port: port) { connect($0, $1, $2) == 0 }.descriptor
    }
}
