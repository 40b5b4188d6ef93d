// Reading AWS's errors, in the forms of its JSON and XML protocols.

internal import DynamoDBStreamEvents
internal import HTTPTransfers
internal import JSONScanning

extension AWSError {
    /// The error in a reply with a failing status.
    init(_ response: HTTPResponse, _ call: AWSCall, attempts: Int) {
        let document = try? JSONDocument(response.body, limits: JSONLimits(maximumDepth: 512))
        let root = document?.root
        let name =
            root?.text("__type") ?? response.headers["x-amzn-ErrorType"]
            ?? root?.text("code") ?? XMLText(response.body)["Code"]
        let message = root?.text("message") ?? root?.text("Message") ?? XMLText(response.body)["Message"] ?? ""
        let code = AWSErrorCode(rawValue: name.map(Self.bareName) ?? "HTTP \(response.status)")
        let kind: Kind =
            switch code {
            case .conditionalCheckFailed: .conditionalCheckFailed(item: root?["Item"].flatMap(Item.init(view:)))
            case .transactionCanceled:
                .transactionCanceled(
                    reasons: root?["CancellationReasons"]?.elements.map(TransactionCancellationReason.init) ?? []
                )
            default: .service(code)
            }
        self.init(kind, call, response, message: message, attempts: attempts)
    }

    /// `com.amazonaws.dynamodb.v20120810#ValidationException:http://…` is a `ValidationException`.
    private static func bareName(_ name: String) -> String {
        let name = name.split(separator: "#", omittingEmptySubsequences: true).last ?? name[...]
        return String(name.prefix { $0 != ":" })
    }
}

extension TransactionCancellationReason {
    fileprivate init(_ node: JSONNode) {
        code = node.text("Code") ?? "None"
        message = node.text("Message")
        item = node["Item"].flatMap(Item.init(view:))
    }
}

extension JSONNode {
    /// The text of a member; nil unless it is a string.
    func text(_ name: StaticString) -> String? { self[name].flatMap { (try? $0.string()) ?? nil } }

    /// The elements of a member that is a list, each as `make` reads it; none where there is no such member.
    ///
    /// - Throws: ``MalformedReply`` if an element cannot be read. To leave it out would be to say that it does not exist.
    func all<Value>(_ name: StaticString, _ make: (JSONNode) -> Value?) throws(MalformedReply) -> [Value] {
        guard let list = self[name], list.kind != .null else { return [] }
        return try list.all(of: name, make)
    }

    /// The elements of this list, which the error calls `name`, each as `make` reads it.
    func all<Value>(of name: StaticString, _ make: (JSONNode) -> Value?) throws(MalformedReply) -> [Value] {
        guard kind == .array else { throw MalformedReply("its \(name) is not a list") }
        var values: [Value] = []
        for element in elements {
            guard let value = make(element) else {
                throw MalformedReply("element \(values.count + 1) of its \(name) cannot be read")
            }
            values.append(value)
        }
        return values
    }
}

extension Item {
    /// A view of an object in a reply; nil for anything else.
    init?(view node: JSONNode) {
        guard node.kind == .object else { return nil }
        self.init(viewOf: node)
    }
}
