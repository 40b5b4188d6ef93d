// The connections of streamed responses, kept from one invocation to the next.

internal import CurlTransport
internal import SharedState

/// As many connections as responses were ever streamed at once: one, or on Managed Instances a few.
///
/// `@unchecked Sendable`: a connection is in `idle`, behind its lock, or in the hands of the one stream that took it.
final class ConnectionPool: @unchecked Sendable {
    private struct Idle: ~Copyable {
        var uploads: [ChunkedUpload] = []
    }

    private let idle = Guarded(Idle())

    func take() throws(CurlError) -> ChunkedUpload {
        var taken: ChunkedUpload?
        idle.withLock { idle in taken = Transfer(idle.uploads.popLast()).upload }
        if let taken { return taken }
        return try ChunkedUpload()
    }

    func put(_ upload: ChunkedUpload) {
        let transfer = Transfer(upload)
        idle.withLock { idle in
            if let upload = transfer.upload { idle.uploads.append(upload) }
        }
    }

    /// Carries a connection into the lock's closure and out of it.
    ///
    /// `@unchecked Sendable`: the one that puts a connection in does not use it again, and the one that takes it out is its
    /// only owner.
    private struct Transfer: @unchecked Sendable {
        let upload: ChunkedUpload?

        init(_ upload: ChunkedUpload?) {
            self.upload = upload
        }
    }
}
