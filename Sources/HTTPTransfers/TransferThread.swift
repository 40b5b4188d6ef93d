// The thread on which all transfers of a client run: one multi handle, and a loop that starts, performs and ends them.

internal import CCurl
internal import CurlTransport

/// Everything that only the transfers' thread touches.
final class TransferThread {
    private let loop: TransferLoop
    private let configuration: HTTPClientConfiguration
    private let limit: Int
    private let certificateAuthorities: String?
    private var multi: UnsafeMutableRawPointer?
    /// The transfers that run, by their handles.
    private var running: [UnsafeMutableRawPointer: Transfer] = [:]
    private var handles: [TransferID: UnsafeMutableRawPointer] = [:]
    private var idle: [EasyHandle] = []
    private var lastUse: Int64

    init(_ loop: TransferLoop) {
        self.loop = loop
        configuration = loop.configuration
        limit = max(1, configuration.maximumTransfers)
        certificateAuthorities = configuration.certificateAuthorities ?? CertificateAuthorities.file()
        lastUse = configuration.wallClock()
    }

    func run() {
        defer { end() }
        guard (try? startLibcurl()) != nil, makeMultiHandle() else { return }
        while let work = loop.nextWork(room: limit - running.count) {
            for id in work.cancelled { cancel(id) }
            for waiting in work.expired { waiting.continuation.resume(returning: .failure(.outOfTime)) }
            if !work.starting.isEmpty, running.isEmpty { replaceStaleConnections() }
            for (id, waiting) in work.starting { start(id, waiting) }
            var count: Int32 = 0
            if let multi { curl_multi_perform(multi, &count) }
            finishDone()
            sleep()
        }
    }

    private func makeMultiHandle() -> Bool {
        guard let handle = curl_multi_init() else { return false }
        // Else libcurl keeps four connections for each transfer that runs.
        _ = ccurl_multi_setopt_long(handle, CURLMOPT_MAXCONNECTS, limit)
        multi = handle
        return true
    }

    /// libcurl counts idle time by the clock that stands still while the environment is frozen; so when the wall clock
    /// says that it was long, no connection is trusted.
    private func replaceStaleConnections() {
        let idleSeconds = configuration.wallClock() - lastUse
        guard idleSeconds < 0 || idleSeconds > configuration.maximumIdleTime.components.seconds else { return }
        guard let old = multi, makeMultiHandle() else { return }
        // Nobody wakes by it now: the loop took it back when it gave the work.
        curl_multi_cleanup(old)
    }

    private func start(_ id: TransferID, _ waiting: WaitingTransfer) {
        do throws(CurlError) {
            guard let handle = idle.popLast() ?? EasyHandle(), let multi else {
                throw CurlError(CURLE_OUT_OF_MEMORY, doing: "starting a request")
            }
            let transfer = try Transfer(id, waiting, on: handle)
            let idleSeconds = configuration.wallClock() - lastUse
            let isLongIdle = idleSeconds < 0 || idleSeconds > HTTPRequest.maximumIdleSecondsOfUnrepeatable
            try transfer.prepare(configuration, certificateAuthorities, isLongIdle: isLongIdle)
            guard curl_multi_add_handle(multi, handle.pointer) == CURLM_OK else {
                throw CurlError(CURLE_OUT_OF_MEMORY, doing: "starting a request")
            }
            running[handle.pointer] = transfer
            handles[id] = handle.pointer
        } catch {
            loop.finished(id)
            waiting.continuation.resume(returning: .failure(error))
        }
    }

    private func finishDone() {
        var left: Int32 = 0
        while let multi, let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let pointer = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            guard let transfer = remove(pointer) else { continue }
            transfer.waiting.continuation.resume(returning: transfer.reply(code))
            recycle(transfer.handle)
        }
    }

    /// A transfer that is removed before it is done loses its connection, which tells the server.
    private func cancel(_ id: TransferID) {
        guard let pointer = handles[id], let transfer = remove(pointer) else { return }
        transfer.waiting.continuation.resume(returning: .failure(.cancelled))
        recycle(transfer.handle)
    }

    private func remove(_ pointer: UnsafeMutableRawPointer) -> Transfer? {
        guard let transfer = running.removeValue(forKey: pointer) else { return nil }
        if let multi { curl_multi_remove_handle(multi, pointer) }
        handles[transfer.id] = nil
        loop.finished(transfer.id)
        lastUse = configuration.wallClock()
        return transfer
    }

    /// Keeps a handle for the next transfer. Its buffers go; its connection is the multi handle's.
    private func recycle(_ handle: EasyHandle) {
        curl_easy_reset(handle.pointer)
        if idle.count < limit { idle.append(handle) }
    }

    private func sleep() {
        guard let multi else { return }
        guard let time = loop.sleepTime(on: MultiHandle(pointer: multi), hasRoom: running.count < limit) else { return }
        // libcurl shortens it to its own timers.
        curl_multi_poll(multi, nil, 0, Int32(clamping: time.curlMilliseconds), nil)
    }

    private func end() {
        let hasMultiHandle = multi != nil
        let reason: CurlError =
            hasMultiHandle ? .shutDown : CurlError(CURLE_OUT_OF_MEMORY, doing: "starting libcurl")
        for pointer in Array(running.keys) {
            remove(pointer)?.waiting.continuation.resume(returning: .failure(reason))
        }
        for waiting in loop.drain(isFinal: hasMultiHandle) {
            waiting.continuation.resume(returning: .failure(reason))
        }
        idle = []
        if let multi { curl_multi_cleanup(multi) }
    }
}
