// The endpoint of a service: the one that was configured, or AWS's for the region.

/// The endpoints that are set, by the precedence in the AWS SDKs and Tools Reference.
struct Endpoints: Sendable {
    private let explicit: String?
    private let environment: AWSEnvironment
    private let profileEndpoint: String?

    init(endpoint: String?, environment: AWSEnvironment, profile: SharedProfile) {
        explicit = endpoint
        self.environment = environment
        profileEndpoint = profile["endpoint_url"]
    }

    /// The endpoint that was set for a service, without a slash at its end; nil when AWS's own is to be used.
    func override(for service: AWSService) -> String? {
        var url = explicit
        if url == nil, environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() != "true" {
            url =
                environment["AWS_ENDPOINT_URL_" + service.variableSuffix] ?? environment["AWS_ENDPOINT_URL"]
                ?? profileEndpoint
        }
        guard var url else { return nil }
        while url.last == "/" { url.removeLast() }
        return url
    }

    /// `https://dynamodb.eu-central-1.amazonaws.com`
    static func regional(_ service: AWSService, region: String) -> String {
        "https://\(service.hostPrefix).\(region).\(domain(ofRegion: region))"
    }

    /// The domain of the region's partition ("AWS service endpoints" in the AWS General Reference).
    static func domain(ofRegion region: String) -> String {
        let domains = [
            ("cn-", "amazonaws.com.cn"), ("us-isob-", "sc2s.sgov.gov"), ("us-isof-", "csp.hci.ic.gov"),
            ("us-iso-", "c2s.ic.gov"), ("eu-isoe-", "cloud.adc-e.uk"), ("eusc-", "amazonaws.eu"),
        ]
        return domains.first { region.hasPrefix($0.0) }?.1 ?? "amazonaws.com"
    }
}
