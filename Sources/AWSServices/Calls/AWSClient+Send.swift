// Sending a call: sign, send, classify the reply, wait and retry according to AWS's standard retry mode.

internal import HTTPTransfers

extension AWSClient {
    /// Sends `call` until it succeeds, fails permanently, or its time or its attempts are used up. Fetching
    /// credentials counts towards its time.
    ///
    /// A call that must not be repeated is not sent again after a failure if it may have taken effect.
    ///
    /// - Parameter read: reads the reply of a successful call. A reply that cannot be read counts as lost.
    func send<Output: Sendable>(
        _ call: AWSCall,
        timeout: Duration?,
        read: (HTTPResponse) throws(MalformedReply) -> Output
    ) async throws(AWSError) -> Output {
        let deadline = ContinuousClock.now.advanced(by: min(timeout ?? self.timeout, .seconds(86_400)))
        var attempts = 0
        var tokens = 0
        while true {
            attempts += 1
            let failure: AWSError
            do throws(AWSError) {
                let output = try await attempt(call, number: attempts, before: deadline, read: read)
                quota.giveBack(after: tokens)
                return output
            } catch {
                failure = error
            }
            guard attempts < retryPolicy.maximumAttempts, let cause = RetryCause(failure, of: call) else {
                throw failure
            }
            let delay = retryPolicy.delay(beforeRetry: attempts, cause: cause, asked: failure.retryAfter)
            // An attempt that cannot begin in time would hide why the last one failed. It takes no tokens, which
            // are for retries that are sent.
            guard ContinuousClock.now.advanced(by: delay) < deadline, let taken = quota.take(for: cause) else {
                throw failure
            }
            tokens = taken
            do {
                try await Task.sleep(for: delay)
            } catch {
                quota.giveBack(unused: taken)
                throw AWSError(.cancelled, call, attempts: attempts)
            }
        }
    }

    private func attempt<Output: Sendable>(
        _ call: AWSCall,
        number: Int,
        before deadline: ContinuousClock.Instant,
        read: (HTTPResponse) throws(MalformedReply) -> Output
    ) async throws(AWSError) -> Output {
        let response: HTTPResponse
        let request = try await request(for: call, number: number, before: deadline)
        do throws(CurlError) {
            response = try await http.send(request)
        } catch {
            throw AWSError(error.kind == .cancelled ? .cancelled : .transport(error), call, attempts: number)
        }
        guard (200..<300).contains(response.status) else {
            throw AWSError(response, call, attempts: number)
        }
        do throws(MalformedReply) {
            return try read(response)
        } catch {
            throw AWSError(.malformedReply(reason: error.reason), call, response, attempts: number)
        }
    }

    func request(
        for call: AWSCall,
        number: Int,
        before deadline: ContinuousClock.Instant
    ) async throws(AWSError) -> HTTPRequest {
        let resolved = resolve()
        let override = resolved.endpoints.override(for: call.service)
        // An endpoint that was set serves every region; AWS's own serve one each.
        guard let region = (override == nil ? call.regionOfResource : nil) ?? resolved.region else {
            throw AWSError(.configuration(reason: noRegion), call, attempts: number)
        }
        let credentials: AWSCredentials
        do throws(AWSCredentialsError) {
            credentials = try await resolved.credentials.current(before: deadline)
        } catch {
            throw AWSError(Task.isCancelled ? .cancelled : .credentials(error), call, attempts: number)
        }
        let base = override ?? Endpoints.regional(call.service, region: region)
        var request = HTTPRequest(
            call.method,
            base.addingHostPrefix(call.hostPrefix) + call.path,
            headers: call.headers,
            body: call.body,
            timeout: min(call.attemptTimeout, ContinuousClock.now.duration(to: deadline)),
            maximumResponseSize: call.maximumReplySize,
            mayBeRepeated: call.mayBeRepeated
        )
        do throws(CurlError) {
            request.signature = try RequestSignature(
                accessKeyID: credentials.accessKeyID,
                secretAccessKey: credentials.secretAccessKey,
                sessionToken: credentials.sessionToken,
                region: region,
                service: call.service.signingName
            )
        } catch {
            throw AWSError(.configuration(reason: error.description), call, attempts: number)
        }
        return request
    }
}

private let noRegion = """
    no region is known: set AWS_REGION (Lambda sets it in a function), or give the profile a region in ~/.aws/config; \
    code can pass one to AWSClient(region:)
    """

extension String {
    /// The text before `://`; nil if there is none.
    ///
    /// `firstRange(of:)` would link the library for regular expressions: half a megabyte zipped.
    var schemeOfURL: Substring? {
        guard let colon = firstIndex(of: ":"), self[colon...].hasPrefix("://") else { return nil }
        return self[..<colon]
    }

    /// `https://s3.…` with `orders.` becomes `https://orders.s3.…`.
    fileprivate func addingHostPrefix(_ prefix: String) -> String {
        guard !prefix.isEmpty, let scheme = schemeOfURL else { return self }
        return scheme + "://" + prefix + dropFirst(scheme.count + 3)
    }
}
