// From a payload to its idempotency key: canonical text, digest and form.

internal import DynamoDBStreamEvents
internal import JSONScanning

/// How an idempotency key is made from a payload.
///
/// In a store, a key is `<prefix>#<key>`. Each of the four Powertools for AWS Lambda has its own canonical text under
/// the digest, so the same payload has four keys. To share a table with one of them, choose its strategy and give both
/// sides the same prefix. A key is made from the text of the JSON: an integer of forty digits
/// keeps all of them.
///
/// ```swift
/// let key = try KeyStrategy.plain.key(of: KeyPayload(parts: [KeyPayload(tenant), KeyPayload(order.id)]))
/// ```
public struct KeyStrategy: Hashable, Sendable {
    /// The digest of the canonical text.
    public enum Digest: String, CaseIterable, Hashable, Sendable {
        /// 128 bits, the digest of Powertools unless it is configured otherwise.
        case md5
        /// 256 bits.
        case sha256
    }

    enum Dialect: Hashable, Sendable { case plain, python, typeScript, java, dotNet }

    let dialect: Dialect
    let digest: Digest

    private init(_ dialect: Dialect, _ digest: Digest) {
        self.dialect = dialect
        self.digest = digest
    }

    /// The default of this package: the text itself where it is short, so that a key in the table can be read.
    ///
    /// The usual key, a stream's ARN and an event id, is short and unique already; a digest would cost time and hide
    /// what it is. Parts are joined by `|`. JSON that is not text, and text longer than 512 bytes, becomes `sha256:`
    /// and the digest of its canonical form: names sorted by code point, numbers by their exact value (`1`, `1.0` and
    /// `1e0` are one key), text unescaped, no white space.
    ///
    /// Missing are `null`, `""`, empty containers, containers of nothing but `null`, and parts of which any is missing:
    /// otherwise all events of a tenant without an order number would share one key.
    public static let plain = KeyStrategy(.plain, .sha256)

    /// Powertools for AWS Lambda (Python): MD5 in hexadecimal of `json.dumps(payload, sort_keys=True)`.
    ///
    /// Missing are `None`, `""`, and containers of nothing but `None`. Objects of Python that are not JSON are not of
    /// concern here, but a `Decimal` is a string to it: give one as text.
    public static let powertoolsPython = KeyStrategy(.python, .md5)

    /// Powertools for AWS Lambda (TypeScript): MD5 in base64 of `JSON.stringify` with names sorted by lower case.
    ///
    /// Numbers are JavaScript's, so integers beyond 2^53 lose digits. Missing is `null` only: `[null,null]` is hashed,
    /// and all events without those two parts share one key.
    public static let powertoolsTypeScript = KeyStrategy(.typeScript, .md5)

    /// Powertools for AWS Lambda (Java): MD5 in hexadecimal of the bare scalar, or of Jackson's compact JSON.
    ///
    /// Members keep their order, as Jackson's tree of an event does. Fractions are written as JDK 19 and later write
    /// them. Missing are `null` and containers of nothing but `null`. A SHA-256 loses its leading zeros, as it does
    /// there.
    public static let powertoolsJava = KeyStrategy(.java, .md5)

    /// Powertools for AWS Lambda (.NET): MD5 in hexadecimal of `JsonElement.ToString()`, which is the bare scalar or the
    /// JSON as it stands, white space included.
    ///
    /// Missing are `null` and `""`.
    public static let powertoolsDotNet = KeyStrategy(.dotNet, .md5)

    /// The same text under another digest: Powertools' `hash_function`.
    public func hashed(by digest: Digest) -> KeyStrategy { KeyStrategy(dialect, digest) }

    /// The key of a payload, without a prefix: what `perform(key:)` takes.
    ///
    /// - Returns: nil if the payload is missing by the strategy's rule, so that there is no key.
    /// - Throws: ``KeyError/loneSurrogate`` where the strategy has no bytes for half of a surrogate pair.
    public func key(of payload: KeyPayload) throws(KeyError) -> String? {
        try isMissing(payload) ? nil : hash(of: payload)
    }

    /// The digest of what must be the same in every call with a key: what `perform(validation:)` takes, and Powertools
    /// stores as `validation`. Of a missing payload too.
    ///
    /// - Throws: ``KeyError/loneSurrogate`` where the strategy has no bytes for half of a surrogate pair.
    public func validation(of payload: KeyPayload) throws(KeyError) -> String { try hash(of: payload) }

    private func hash(of payload: KeyPayload) throws(KeyError) -> String {
        if dialect == .plain, let text = try PlainKeyText.readable(payload) { return text }
        let text = try canonicalText(of: payload)
        let bytes = digest == .md5 ? MD5.digest(of: text) : SHA256.digest(of: text)
        switch dialect {
        case .plain: return digest.mark + bytes.hexadecimal
        case .python, .dotNet: return bytes.hexadecimal
        case .typeScript: return String(base64Of: bytes)
        case .java: return bytes.hexadecimal.paddedAsJavaInteger
        }
    }

    /// The text under the digest.
    package func canonicalText(of payload: KeyPayload) throws(KeyError) -> [UInt8] {
        let node = try payload.node()
        return switch dialect {
        case .plain: PlainKeyText.canonical(node)
        case .python: PythonKeyText.canonical(node)
        case .typeScript: TypeScriptKeyText.canonical(node)
        case .java: JavaKeyText.text(of: node)
        case .dotNet: try DotNetKeyText.text(of: node)
        }
    }
}

extension KeyStrategy {
    /// The prefix that Powertools gives a key when the application gives none.
    ///
    /// - Parameters:
    ///   - functionName: `AWS_LAMBDA_FUNCTION_NAME`, the name of the function with which the table is shared.
    ///   - operation: the decorated function as Python names it (`app.handler`), the method in Java and .NET. The
    ///     handler of TypeScript has none.
    public static func prefix(functionName: String, operation: String = "") -> String {
        operation.isEmpty ? functionName : "\(functionName).\(operation)"
    }
}

extension KeyStrategy.Digest {
    /// What a digest begins with in a key of ``KeyStrategy/plain``.
    var mark: String { "\(rawValue):" }
}

extension String {
    /// Java's `%032x` of a big integer: leading zeros beyond 32 digits are lost.
    fileprivate var paddedAsJavaInteger: String {
        let significant = drop { $0 == "0" }
        return String(repeating: "0", count: max(32 - significant.count, 0)) + significant
    }
}
