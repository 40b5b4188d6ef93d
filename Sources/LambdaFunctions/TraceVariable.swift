// `_X_AMZN_TRACE_ID`, which the X-Ray SDKs and OpenTelemetry read, kept up to date without leaking memory.

internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The trace id of the invocation that runs, as an environment variable.
///
/// glibc keeps every value that `setenv` was given, because it cannot know who still reads one. One value for each
/// invocation is a leak of some hundred bytes each. So the variable is in one buffer, passed to `putenv` and rewritten
/// in place.
final class TraceVariable: Sendable {
    /// The one buffer of this process; an environment has room for one variable of a name.
    static let process = TraceVariable()

    private static let prefix = Array("_X_AMZN_TRACE_ID=".utf8)
    // X-Ray's header is some hundred characters; one that does not fit is left out rather than cut.
    private static let capacity = 1024

    private struct State: ~Copyable {
        /// Never freed: it is part of the environment once it was handed over.
        let buffer: UnsafeMutablePointer<CChar>
        var isSet = false
    }

    private let state: Guarded<State>

    private init() {
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: Self.capacity)
        buffer.initialize(repeating: 0, count: Self.capacity)
        state = Guarded(State(buffer: buffer))
    }

    /// Publishes `traceID`, or removes the variable when there is none.
    func set(_ traceID: String?) {
        state.withLock { state in
            guard let traceID, Self.prefix.count + traceID.utf8.count < Self.capacity else {
                if state.isSet { unsetenv("_X_AMZN_TRACE_ID") }
                state.isSet = false
                return
            }
            var length = 0
            for byte in Self.prefix + Array(traceID.utf8) {
                state.buffer[length] = CChar(bitPattern: byte)
                length += 1
            }
            state.buffer[length] = 0
            if !state.isSet { putenv(state.buffer) }
            state.isSet = true
        }
    }
}
