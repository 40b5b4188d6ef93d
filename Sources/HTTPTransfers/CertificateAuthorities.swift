// The files of certificate authorities that TLS trusts.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The file of certificate authorities that servers are checked against.
///
/// A statically linked OpenSSL looks where its build machine keeps them, which is not where the deployed system does.
public enum CertificateAuthorities {
    /// Where Amazon Linux and other Red Hats, Debian and its kin, and macOS keep them.
    static let knownPlaces = [
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/ssl/cert.pem",
    ]

    /// The file that `AWS_CA_BUNDLE` names, or `SSL_CERT_FILE`, or the first known place that there is; nil when there is
    /// none, which leaves it to libcurl's own.
    ///
    /// A file that a variable names is used whether it exists or not: the user did not ask to trust others instead.
    public static func file() -> String? {
        file { name in getenv(name).map { String(cString: $0) } }
    }

    package static func file(environment: (String) -> String?) -> String? {
        for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
            if let path = environment(name), !path.isEmpty { return path }
        }
        return knownPlaces.first { access($0, R_OK) == 0 }
    }
}
