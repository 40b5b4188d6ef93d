// The errors between this process and an HTTP server, by kind, so that callers decide without reading text.

package import CCurl

/// A transfer that ended without a complete HTTP response.
public struct CurlError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure that callers treat differently.
    public enum Kind: Sendable, Hashable {
        /// The URL, or what it was made from, is not one that libcurl can use. Nothing was sent.
        case malformedURL
        /// A header's name or value is not one that HTTP allows. Nothing was sent.
        case malformedHeader
        /// This libcurl cannot do what the request needs. Nothing was sent.
        case unsupported
        /// The host name did not resolve.
        case couldNotResolve
        /// No connection could be made: refused, unreachable, or timed out while connecting.
        case couldNotConnect
        /// The server's certificate is not trusted, no common version of TLS was found, or this libcurl has no TLS.
        case tls
        /// The connection broke, was closed or carried something that is not HTTP before the response was complete.
        case connectionLost
        /// The time set for the transfer ran out.
        case timedOut
        /// The response is larger than the limit the caller set, in bytes.
        case responseTooLarge(limit: Int)
        /// The task that waited was canceled, or the client was shut down; the transfer has been stopped.
        case cancelled
        /// Anything else: a setting refused, memory exhausted.
        case other
    }

    public let kind: Kind
    /// libcurl's own number for the failure (`CURLE_…`), 0 where the failure is not libcurl's.
    public let code: Int32
    /// What was being done and libcurl's sentence for what happened.
    public let description: String

    package init(kind: Kind, code: Int32, description: String) {
        self.kind = kind
        self.code = code
        self.description = description
    }

    package init(_ code: CURLcode, doing operation: String) {
        let sentence = String(cString: curl_easy_strerror(code))
        self.init(
            kind: Kind(code),
            code: Int32(code.rawValue),
            description: "\(operation): \(sentence) (curl error \(code.rawValue))"
        )
    }
}

extension CurlError {
    package static var outOfMemory: CurlError { CurlError(CURLE_OUT_OF_MEMORY, doing: "starting libcurl") }
}

extension CurlError.Kind {
    fileprivate init(_ code: CURLcode) {
        self =
            switch code {
            case CURLE_URL_MALFORMAT: .malformedURL
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .couldNotResolve
            case CURLE_COULDNT_CONNECT: .couldNotConnect
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED:
                .tls
            case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY,
                CURLE_HTTP2, CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR, CURLE_UNSUPPORTED_PROTOCOL:
                .connectionLost
            default: .other
            }
    }
}
