// The mapping's virtual time for the function: its offset from the wall clock, in a file that the function maps.

import EventSourceMapping
import Foundation

/// Passes the mapping's time to the function, so that its leases and limits end when they would on AWS.
///
/// `LAMBDA_STREAMS_CLOCK` names a file of eight bytes: the milliseconds, as a little-endian integer, that the mapping's
/// clock is ahead of the wall clock. It is written before each invocation.
struct FunctionClock: Sendable {
    static let variable = "LAMBDA_STREAMS_CLOCK"

    let path: String
    private let descriptor: Int32

    /// - Returns: nil if no temporary file can be created. The function then uses the wall clock.
    init?() {
        var template = Array((NSTemporaryDirectory() + "lambda-streams-clock-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        self.descriptor = descriptor
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        write(0)
    }

    /// Sets the mapping's time to `moment`.
    func set(_ moment: MappingInstant) { write(moment.milliseconds - MappingInstant.now.milliseconds) }

    private func write(_ offset: Int64) {
        withUnsafeBytes(of: offset.littleEndian) { bytes in _ = pwrite(descriptor, bytes.baseAddress, bytes.count, 0) }
    }

    func remove() {
        unlink(path)
        close(descriptor)
    }
}
