// A pipe in the place of standard error, so that tests see the very bytes a log line is made of.

import Foundation
import SharedState

@testable import LambdaFunctions

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Collects what is written to a descriptor, and how it was cut into writes where the reader keeps up.
final class LogPipe: Sendable {
    let writing: Int32
    private let reading: Int32
    private let collected = Guarded<[UInt8]>([])
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameter delay: how long the reader lets the pipe fill up first.
    init(delay: TimeInterval = 0) {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0)
        // A process that another test starts meanwhile would keep it open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (ends[0], ends[1])
        Thread.detachNewThread { [self] in
            Thread.sleep(forTimeInterval: delay)
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(reading, &piece, piece.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                collected.withLock { $0.append(contentsOf: piece[..<count]) }
            }
            close(reading)
            ended.signal()
        }
    }

    func makeNonBlocking() {
        _ = fcntl(writing, F_SETFL, fcntl(writing, F_GETFL) | O_NONBLOCK)
    }

    /// Everything that was written, once the writers are done.
    func finish() -> [UInt8] {
        close(writing)
        ended.wait()
        return collected.withLock { $0 }
    }

    func finishedLines() -> [String] {
        String(decoding: finish(), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .map(String.init)
    }
}
