// Signing requests to AWS: Signature Version 4, computed by libcurl.

internal import CCurl
public import CurlTransport

/// What libcurl signs a request to AWS with ("AWS Signature Version 4 for API requests" in the IAM User Guide).
///
/// ```swift
/// import HTTPTransfers
///
/// let signature = try RequestSignature(
///     accessKeyID: "AKIDEXAMPLE",
///     secretAccessKey: "EXAMPLEKEY",
///     sessionToken: nil,
///     region: "eu-central-1",
///     service: "execute-api"
/// )
/// let request = HTTPRequest(.get, "https://example.com/orders", signature: signature)
/// ```
///
/// Every header of the request is signed, the session token's among them.
public struct RequestSignature: Sendable {
    /// The identifier of the access key. It is not a secret.
    public let accessKeyID: String
    let secretAccessKey: String
    let sessionToken: String?
    /// `eu-central-1`
    public let region: String
    /// The name that the service signs by: `dynamodb`, which DynamoDB Streams does too.
    public let service: String

    /// - Throws: `CurlError` of kind `.unsupported` where this libcurl signs incorrectly, `.other` for a region or service
    ///   that no service of AWS is named by.
    public init(
        accessKeyID: String,
        secretAccessKey: String,
        sessionToken: String?,
        region: String,
        service: String
    ) throws(CurlError) {
        guard ccurl_version().pointee.version_num >= Self.firstCorrectVersion else { throw .cannotSign }
        for name in [region, service] where !Self.isName(name) {
            throw CurlError(kind: .other, code: 0, description: "'\(name)' cannot be a region or service of AWS")
        }
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.region = region
        self.service = service
    }

    /// The first version of libcurl that passes `SignatureTests`: 7.87. Older ones sign only some of the headers, without
    /// the session token's, and ignore `UNSIGNED-PAYLOAD`: AWS refuses most of their requests.
    static let firstCorrectVersion: UInt32 = 0x075700

    /// libcurl reads both from one text, divided by colons, of at most 64 bytes each.
    private static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// The headers that the signature adds.
    var headers: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let sessionToken { headers.append(("X-Amz-Security-Token", sessionToken)) }
        // S3 requires this header. The body is protected by TLS.
        if service == "s3" { headers.append(("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")) }
        return headers
    }

    /// The path and query of `url` if they must be given to libcurl apart from it.
    ///
    /// Every service but S3 signs the path encoded once more than it is sent. libcurl does so since 8.14; older ones
    /// sign the path of the URL as it is, and so are given the one to sign in the URL and the one to send beside it.
    static func target(of url: String, service: String) -> (signed: String, sent: String)? {
        guard service != "s3", ccurl_version().pointee.version_num < 0x080E00 else { return nil }
        let rest = url.urlTarget
        let origin = url[..<rest.startIndex]
        let path = rest.prefix { $0 != "?" }
        guard path.utf8.contains(UInt8(ascii: "%")) else { return nil }
        let encoded = path.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%25")
        return (origin + encoded + rest.dropFirst(path.count), String(rest))
    }
}

extension RequestSignature: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without the secrets.
    public var description: String { "a signature of \(accessKeyID) for \(service) in \(region)" }
    public var debugDescription: String { description }
    /// Shows the key's identifier alone, so that `dump` prints no secret.
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}

extension CurlError {
    fileprivate static var cannotSign: CurlError {
        let version = ccurl_version().pointee.version.map { String(cString: $0) } ?? "unknown"
        return CurlError(
            kind: .unsupported,
            code: 0,
            description: """
                this executable's libcurl is \(version), which signs requests to AWS incorrectly; libcurl 7.87 or newer is \
                needed (Debian 12, Ubuntu 24.04, Amazon Linux 2023)
                """
        )
    }
}
