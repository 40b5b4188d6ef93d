// One HTTP request as a value, with the bounds on its answer.

/// A request for ``HTTPClient``.
public struct HTTPRequest: Sendable {
    public enum Method: String, Sendable, Hashable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
    }

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
    /// Whether the server may come to see the request twice.
    ///
    /// A kept connection can be dead without this side knowing: the server closed it, or the environment was frozen
    /// meanwhile. libcurl then sends the request again on a new connection if not a byte of an answer had come, whatever
    /// the method. The server may have done what the first one asked for, though. False makes a new connection at once,
    /// which cannot be stale, so that the request is sent once or not at all.
    public var mayBeRepeated: Bool
    /// Whether `https_proxy` and `http_proxy` of the environment are passed over: for addresses within the machine.
    public var bypassesProxies: Bool

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

    /// Scheme and host, for error texts: what follows them may name a record.
    var origin: Substring {
        let utf8 = url.utf8
        var slashes = 0
        let end = utf8.firstIndex { byte in
            if byte == UInt8(ascii: "/") { slashes += 1 }
            return slashes == 3 || byte == UInt8(ascii: "?")
        }
        return url[..<(end ?? url.endIndex)]
    }
}
