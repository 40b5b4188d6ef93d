// The mapping's virtual time for the function: how far it is ahead of the wall clock, in a file that the function maps.

import EventSourceMapping
import Foundation

/// Tells the function the mapping's time, so that leases and other limits of its own end when they would on AWS.
///
/// `LAMBDA_STREAMS_CLOCK` names a file of eight bytes: the milliseconds, as a little-endian integer, that the mapping's
/// clock is ahead of the wall clock. It is written before each invocation.
struct FunctionClock: Sendable {
    static let variable = "LAMBDA_STREAMS_CLOCK"

    let path: String
    private let descriptor: Int32

    /// - Returns: nil where no temporary file can be made; the function then has the wall clock alone.
    init?() {
        var template = Array((NSTemporaryDirectory() + "lambda-streams-clock-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        self.descriptor = descriptor
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        write(0)
    }

    /// The mapping's time is `moment` now.
    func set(_ moment: MappingInstant) { write(moment.milliseconds - MappingInstant.now.milliseconds) }

    private func write(_ offset: Int64) {
        withUnsafeBytes(of: offset.littleEndian) { bytes in _ = pwrite(descriptor, bytes.baseAddress, bytes.count, 0) }
    }

    func remove() {
        unlink(path)
        close(descriptor)
    }
}
