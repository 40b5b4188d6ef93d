// One request in progress: its settings for libcurl, and the response that libcurl delivers.

internal import CCurl
internal import CurlTransport

/// A libcurl easy handle, and where it writes what went wrong in its own words.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let message: UnsafeMutablePointer<CChar>

    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(pointer)
        message.deallocate()
    }

    func collectMessage() throws(CurlError) {
        message.pointee = 0
        try check(ccurl_setopt_pointer(pointer, CURLOPT_ERRORBUFFER, message))
    }

    /// libcurl's words for the last failure; empty when it has none.
    var lastMessage: String { String(cString: message) }

    func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try check(ccurl_setopt_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(CurlError) {
        try check(ccurl_setopt_string(pointer, option, value))
    }

    func check(_ code: CURLcode) throws(CurlError) {
        guard code == CURLE_OK else { throw CurlError(code, doing: "setting up a request") }
    }
}

/// A request that runs. Touched by the transfers' thread alone.
final class Transfer {
    let id: TransferID
    let waiting: WaitingTransfer
    let handle: EasyHandle
    private let list: RequestHeaders
    private let sentOnce = SentOnce()
    private let collector: ResponseCollector

    private var request: HTTPRequest { waiting.request }

    init(_ id: TransferID, _ waiting: WaitingTransfer, on handle: EasyHandle) throws(CurlError) {
        self.id = id
        self.waiting = waiting
        self.handle = handle
        collector = ResponseCollector(of: handle.pointer, largestReservation: 1024 * 1024)
        list = try RequestHeaders(waiting.request.headers + (waiting.request.signature?.headers ?? []))
    }

    /// - Parameter isLongIdle: whether no connection was in use for `HTTPRequest.maximumIdleSecondsOfUnrepeatable`.
    func prepare(
        _ configuration: HTTPClientConfiguration,
        _ certificateAuthorities: String?,
        isLongIdle: Bool
    ) throws(CurlError) {
        let remaining = ContinuousClock.now.duration(to: waiting.deadline)
        guard remaining > .zero else { throw .outOfTime }
        try handle.collectMessage()
        try handle.set(CURLOPT_NOSIGNAL, 1)
        try handle.set(CURLOPT_TIMEOUT_MS, remaining.curlMilliseconds)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, min(remaining, configuration.connectTimeout).curlMilliseconds)
        try prepareConnection(configuration, isLongIdle: isLongIdle)
        try handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try handle.set(CURLOPT_USERAGENT, configuration.userAgent)
        try handle.set(CURLOPT_PATH_AS_IS, 1)
        if request.bypassesProxies { try handle.set(CURLOPT_PROXY, "") }
        try handle.check(ccurl_setopt_list(handle.pointer, CURLOPT_HTTPHEADER, list.first))
        try prepareMethod()
        try prepareTLS(certificateAuthorities)
        try prepareURL()
        collector.begin(maximumBodySize: request.maximumResponseSize)
        try collector.attach()
    }

    private func prepareConnection(
        _ configuration: HTTPClientConfiguration,
        isLongIdle: Bool
    ) throws(CurlError) {
        var maximumIdleSeconds = Int(clamping: configuration.maximumIdleTime.components.seconds)
        if !request.mayBeRepeated {
            maximumIdleSeconds = min(maximumIdleSeconds, HTTPRequest.maximumIdleSecondsOfUnrepeatable)
            if isLongIdle { try handle.set(CURLOPT_FRESH_CONNECT, 1) }
        }
        try handle.set(CURLOPT_MAXAGE_CONN, max(1, maximumIdleSeconds))
        sentOnce.begin(mayBeRepeated: request.mayBeRepeated)
        try handle.check(sentOnce.attach(to: handle.pointer))
        try handle.check(ccurl_setopt_sockopt_callback(handle.pointer, newConnectionClosesOnExec))
        // NAT gateways and load balancers drop a flow without traffic after 350 s, and a response may take 15 minutes.
        try handle.set(CURLOPT_TCP_KEEPALIVE, 1)
        try handle.set(CURLOPT_TCP_KEEPIDLE, 45)
        try handle.set(CURLOPT_TCP_KEEPINTVL, 15)
    }

    private func prepareMethod() throws(CurlError) {
        guard request.method != .get else { return try handle.set(CURLOPT_HTTPGET, 1) }
        try handle.set(CURLOPT_POST, 1)
        if request.method != .post { try handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
        // A large body is announced by `Expect: 100-continue`, which cannot be switched off without a header that older
        // libcurls would sign and not send; so the server is not waited for.
        try handle.set(CURLOPT_EXPECT_100_TIMEOUT_MS, 1)
        try handle.check(
            ccurl_setopt_off_t(handle.pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        )
        // Not as bytes when there are none: a null pointer would make libcurl read the body from standard input.
        guard !request.body.isEmpty else { return try handle.set(CURLOPT_COPYPOSTFIELDS, "") }
        try handle.check(
            request.body.withUnsafeBufferPointer {
                ccurl_setopt_pointer(handle.pointer, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
            }
        )
    }

    private func prepareTLS(_ certificateAuthorities: String?) throws(CurlError) {
        // A libcurl without TLS refuses its options; one that is asked for https says so itself.
        guard request.url.utf8.starts(with: "https:".utf8) else { return }
        guard ccurl_version().pointee.features & CURL_VERSION_SSL != 0 else {
            throw CurlError(
                kind: .tls,
                code: Int32(CURLE_UNSUPPORTED_PROTOCOL.rawValue),
                description: """
                    requesting \(request.origin): this executable's libcurl has no TLS. Let `swift package archive` choose \
                    it, or say `--libcurl openssl`
                    """
            )
        }
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let certificateAuthorities { try handle.set(CURLOPT_CAINFO, certificateAuthorities) }
    }

    private func prepareURL() throws(CurlError) {
        guard let signature = request.signature else { return try handle.set(CURLOPT_URL, request.url) }
        if let target = RequestSignature.target(of: request.url, service: signature.service) {
            try handle.set(CURLOPT_URL, target.signed)
            try handle.set(CURLOPT_REQUEST_TARGET, target.sent)
        } else {
            try handle.set(CURLOPT_URL, request.url)
        }
        try handle.set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
        try handle.set(CURLOPT_USERNAME, signature.accessKeyID)
        try handle.set(CURLOPT_PASSWORD, signature.secretAccessKey)
    }

    func reply(_ code: CURLcode) -> TransferReply {
        if sentOnce.hasRefused { return .failure(.lostOnce(doing: "requesting \(request.origin)")) }
        do throws(CurlError) {
            return .success(
                try collector.response(after: code) { code in
                    CurlError(code, doing: "requesting \(request.origin)", detail: handle.lastMessage)
                }
            )
        } catch {
            return .failure(error)
        }
    }
}

extension CurlError {
    fileprivate init(_ code: CURLcode, doing operation: String, detail: String) {
        let plain = CurlError(code, doing: operation)
        self.init(
            kind: plain.kind,
            code: plain.code,
            description: detail.isEmpty ? plain.description : "\(operation): \(detail) (curl error \(plain.code))"
        )
    }
}
