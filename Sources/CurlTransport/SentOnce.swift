// A request that is sent once or not at all, although libcurl would send it again.

package import CCurl

/// Keeps libcurl from sending a request a second time.
///
/// A kept connection can be dead without this side knowing. If not a byte of a response came over one, libcurl sends
/// the request again on a new connection, whatever its method, although the server may have acted on it. libcurl has no
/// option against that, but asks each time before it sends. The second time the callback refuses, and the transfer ends
/// as a lost connection.
///
/// Not `Sendable`: libcurl asks on the thread that runs the handle's transfers.
package final class SentOnce {
    private var mayBeRepeated = true
    private var isSent = false
    /// Whether the transfer was ended because the request would have been sent again.
    package private(set) var hasRefused = false

    package init() {}

    /// Makes `handle` ask here. The object must outlive the handle's transfers.
    package func attach(to handle: UnsafeMutableRawPointer) -> CURLcode {
        ccurl_setopt_prereq_callback(handle, Unmanaged.passUnretained(self).toOpaque(), aboutToSend)
    }

    /// Begins a request.
    package func begin(mayBeRepeated: Bool) {
        self.mayBeRepeated = mayBeRepeated
        isSent = false
        hasRefused = false
    }

    fileprivate func maySend() -> Bool {
        hasRefused = isSent && !mayBeRepeated
        isSent = true
        return !hasRefused
    }
}

// libcurl calls this on the thread that runs the transfer, where the owner of the handle holds the object.
private func aboutToSend(
    this: UnsafeMutableRawPointer?,
    _: UnsafeMutablePointer<CChar>?,
    _: UnsafeMutablePointer<CChar>?,
    _: Int32,
    _: Int32
) -> Int32 {
    guard let this else { return Int32(CURL_PREREQFUNC_ABORT) }
    let maySend = Unmanaged<SentOnce>.fromOpaque(this).takeUnretainedValue().maySend()
    return Int32(maySend ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT)
}

extension CurlError {
    /// The connection died under a request that must not be sent twice.
    package static func lostOnce(doing operation: String) -> CurlError {
        CurlError(
            kind: .connectionLost,
            code: Int32(CURLE_SEND_ERROR.rawValue),
            description: "\(operation): the connection was lost, and the request must not be sent again"
        )
    }
}
