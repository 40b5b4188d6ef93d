// The one thing that may be done to a blocking connection from outside its thread: to end its wait.

package import CCurl
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Ends a wait of a ``BlockingConnection`` permanently, from any thread.
///
/// Only what the connection's owner marks as a wait can be ended; any other transfer runs to its end.
public final class ConnectionInterruption: Sendable {
    private struct State {
        var descriptor: Int32?
        var isWaiting = false
        var isInterrupted = false
    }

    private let state = Guarded(State())

    init() {}

    /// Ends the wait that is under way, and makes every later one end at once.
    public func interrupt() {
        state.withLock { state in
            state.isInterrupted = true
            // Not `close`: libcurl's thread still has the descriptor, and sees the end of the connection in it.
            if state.isWaiting, let descriptor = state.descriptor { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Whether every wait ends at once.
    public var hasBegun: Bool { state.withLock { $0.isInterrupted } }

    /// Says that what follows may be interrupted. False: it has been already.
    public func beginWaiting() -> Bool {
        state.withLock { state in
            state.isWaiting = !state.isInterrupted
            return state.isWaiting
        }
    }

    public func endWaiting() {
        state.withLock { $0.isWaiting = false }
    }

    /// A new connection was opened. False: it is not wanted any more.
    func opened(_ descriptor: Int32) -> Bool {
        state.withLock { state in
            state.descriptor = descriptor
            return !(state.isInterrupted && state.isWaiting)
        }
    }

    /// Closes a connection's descriptor, of which nobody may say `shutdown` any more: its number may soon be another's.
    func close(_ descriptor: Int32) -> Int32 {
        state.withLock { state in
            if state.descriptor == descriptor { state.descriptor = nil }
            #if canImport(Glibc)
            return Glibc.close(descriptor)
            #else
            return Darwin.close(descriptor)
            #endif
        }
    }
}

/// Keeps a connection from the programs that a handler starts: one that outlives the function would keep it open.
private func closeOnExec(_ descriptor: curl_socket_t) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}

/// A callback for `CURLOPT_SOCKOPTFUNCTION` that does this and nothing else.
package func newConnectionClosesOnExec(
    _: UnsafeMutableRawPointer?,
    descriptor: curl_socket_t,
    _: curlsocktype
) -> Int32 {
    closeOnExec(descriptor)
    return 0
}

// libcurl calls these on the thread that is inside a transfer or ends the handle, where the object is alive.
func connectionOpened(this: UnsafeMutableRawPointer?, descriptor: curl_socket_t, purpose: curlsocktype) -> Int32 {
    closeOnExec(descriptor)
    guard let this else { return 0 }
    return Unmanaged<ConnectionInterruption>.fromOpaque(this).takeUnretainedValue().opened(descriptor) ? 0 : 1
}

func connectionClosing(this: UnsafeMutableRawPointer?, descriptor: curl_socket_t) -> Int32 {
    guard let this else { return -1 }
    return Unmanaged<ConnectionInterruption>.fromOpaque(this).takeUnretainedValue().close(descriptor)
}
