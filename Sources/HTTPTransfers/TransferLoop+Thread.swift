// Making the thread that the transfers run on.

internal import CurlTransport
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

extension TransferLoop {
    func startTransfers() {
        let error = startThread {
            // SIGPIPE from OpenSSL's writes must not end the process; the other signals belong to the function's own
            // threads.
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, nil)
            TransferThread(self).run()
        }
        guard error != 0 else { return }
        let reason = CurlError(kind: .other, code: 0, description: "no thread could be made (error \(error))")
        for waiting in drain(isFinal: false) { waiting.continuation.resume(returning: .failure(reason)) }
    }
}
