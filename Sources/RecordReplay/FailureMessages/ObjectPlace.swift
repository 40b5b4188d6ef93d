// The objects that a notification of S3 or a dead letter points at.

internal import JSONScanning

/// An object in a bucket.
///
/// ```swift
/// guard case .objects(let places) = try FailureDocument(request.body).content else { return }
/// for place in places {
///     let object = try await S3Client().getObject(key: place.key, from: place.bucket)
///     print("\(place) has \(object.count) bytes")
/// }
/// ```
public struct ObjectPlace: Hashable, Sendable, CustomStringConvertible {
    /// The bucket's name.
    public let bucket: String
    /// The key itself: what a notification encodes is decoded.
    public let key: String

    /// Creates the place of an object.
    public init(bucket: String, key: String) {
        self.bucket = bucket
        self.key = key
    }

    public var description: String { "s3://\(bucket)/\(key)" }

    /// Where the dead letter is whose record was too large for a message: `"recordLocation":{"bucket":…,"key":…}`.
    init(ofRecordIn root: JSONNode, in place: String) throws(FailureMessageError) {
        let document = MemberReader(root, in: place)
        try FailureMessage.checkVersion(document)
        guard let location = try document.object("recordLocation") else {
            throw FailureMessageError(.missing(member: "recordLocation"), in: place)
        }
        self.init(bucket: try location.name("bucket"), key: try location.name("key"))
    }

    /// The objects of a notification in either form; nil when `root` is none.
    ///
    /// S3 writes keys into its own notifications as forms are encoded, spaces as `+` ("Event message structure" in the
    /// Amazon S3 User Guide). EventBridge's events have them as they are.
    static func all(in root: JSONNode, _ place: String) throws(FailureMessageError) -> [ObjectPlace]? {
        if root["source"]?.isString("aws.s3") == true, let detail = root["detail"] {
            return [try object(detail, decoding: false, in: place.isEmpty ? "detail" : "\(place).detail")]
        }
        guard let list = root["Records"], list.kind == .array,
            let first = list.elements.first(where: { _ in true }), first["s3"] != nil
        else { return nil }
        var objects: [ObjectPlace] = []
        for (position, record) in list.elements.enumerated() {
            let path = "Records[\(position)].s3"
            guard let s3 = record["s3"] else {
                throw FailureMessageError(.missing(member: path), in: place)
            }
            objects.append(try object(s3, decoding: true, in: place.isEmpty ? path : "\(place).\(path)"))
        }
        return objects
    }

    private static func object(
        _ node: JSONNode,
        decoding: Bool,
        in place: String
    ) throws(FailureMessageError) -> ObjectPlace {
        guard let bucket = node["bucket"]?.memberText("name"), !bucket.isEmpty else {
            throw FailureMessageError(.missing(member: "bucket.name"), in: place)
        }
        guard let key = node["object"]?.memberText("key"), !key.isEmpty else {
            throw FailureMessageError(.missing(member: "object.key"), in: place)
        }
        guard decoding else { return ObjectPlace(bucket: bucket, key: key) }
        guard let decoded = key.formDecoded else {
            throw FailureMessageError(.wrong(member: "object.key", expected: "a URL-encoded key"), in: place)
        }
        return ObjectPlace(bucket: bucket, key: decoded)
    }
}

extension String {
    /// The text that `application/x-www-form-urlencoded` encoded; nil when it is not encoded so.
    var formDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let value = UInt8(digits, radix: 16),
                    digits.utf8.first != UInt8(ascii: "+"), digits.utf8.first != UInt8(ascii: "-")
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
