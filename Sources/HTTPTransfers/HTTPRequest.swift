// One HTTP request as a value, with the bounds on its response.

/// A request for ``HTTPClient``.
///
/// ```swift
/// import HTTPTransfers
///
/// let request = HTTPRequest(
///     .post,
///     "https://example.com/orders",
///     headers: [("content-type", "application/json")],
///     body: Array(#"{"id":"o-1"}"#.utf8),
///     timeout: .seconds(5)
/// )
/// ```
public struct HTTPRequest: Sendable {
    /// The method of a request.
    public enum Method: String, Sendable, Hashable {
        /// Reads a resource.
        case get = "GET"
        /// Sends a body to a resource.
        case post = "POST"
        /// Replaces a resource.
        case put = "PUT"
        /// Deletes a resource.
        case delete = "DELETE"
    }

    /// The method of the request line.
    public var method: Method
    /// The whole URL, percent-encoded where it must be; it is sent as it is written, `..` included.
    public var url: String
    /// In the order they are sent. Names and values must have no line breaks.
    public var headers: [(name: String, value: String)]
    /// Sent with everything but a GET.
    public var body: [UInt8]
    /// How long the request may take altogether: waiting for its turn, connecting, sending, receiving.
    public var timeout: Duration
    /// A larger response body, in bytes, ends the transfer with `.responseTooLarge`.
    public var maximumResponseSize: Int
    /// Who signs the request, nil for no signature.
    public var signature: RequestSignature?
    /// Whether the server may receive the request twice.
    ///
    /// A kept connection can be dead without this side knowing: the server closed it, or the environment was frozen
    /// meanwhile. libcurl then sends the request again on a new connection if not a byte of a response had come, whatever
    /// the method, although the server may have acted on the first one. With false the request is sent once or not at
    /// all: it gets a new connection unless one was in use within the last two seconds, and where that dies the request
    /// ends as a lost connection.
    public var mayBeRepeated: Bool
    /// Whether `https_proxy` and `http_proxy` of the environment are ignored: for addresses within the machine.
    public var bypassesProxies: Bool

    /// Creates a request. Only the URL has no default.
    public init(
        _ method: Method,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30),
        maximumResponseSize: Int = 32 * 1024 * 1024,
        signature: RequestSignature? = nil,
        mayBeRepeated: Bool = true,
        bypassesProxies: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximumResponseSize = maximumResponseSize
        self.signature = signature
        self.mayBeRepeated = mayBeRepeated
        self.bypassesProxies = bypassesProxies
    }

    static let maximumIdleSecondsOfUnrepeatable = 2

    /// Scheme, host and port, for error texts.
    var origin: String { url.urlOrigin }
}

extension String {
    /// Scheme, host and port of a URL. What follows them may name a record or hold a secret, and so may what stands
    /// before an `@`.
    package var urlOrigin: String {
        let start = authorityStart
        let authority = self[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return String(self[..<start] + host)
    }

    /// The path, the query and the fragment of a URL.
    var urlTarget: Substring {
        let authority = self[authorityStart...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return self[authority.endIndex...]
    }

    /// Behind `://`.
    private var authorityStart: Index {
        guard let colon = firstIndex(of: ":"), self[colon...].hasPrefix("://") else { return startIndex }
        return index(colon, offsetBy: 3)
    }
}
