// Making the thread that the transfers run on.

internal import CurlTransport

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

extension TransferLoop {
    func startThread() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let this = Unmanaged.passRetained(self)
        let result = pthread_create(&thread, &attributes, threadMain, this.toOpaque())
        guard result != 0 else { return }
        this.release()
        let reason = CurlError(kind: .other, code: 0, description: "no thread could be made (error \(result))")
        for waiting in drain(isFinal: false) { waiting.continuation.resume(returning: .failure(reason)) }
    }
}

/// The body of the thread. The loop is its argument, retained for it.
#if canImport(Darwin)
private func threadMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? { runThread(argument) }
#else
private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { runThread(argument) }
#endif

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    // SIGPIPE from OpenSSL's writes must not end the process; the other signals belong to the function's own threads.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    TransferThread(Unmanaged<TransferLoop>.fromOpaque(argument).takeRetainedValue()).run()
    return nil
}
