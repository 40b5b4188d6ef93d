// Internal extensions: what a process registers to receive invocations, and SIGTERM before SIGKILL.

internal import JSONScanning
internal import SharedState

/// One extension of the running process.
struct RuntimeExtension: Sendable {
    let name: String
    let isToldOfInvocations: Bool
    var isReady = false
    var hasFailed = false
    /// The connection that waits in `/extension/event/next`.
    var connection: ConnectionID?
}

extension ExecutionEnvironment {
    private static let maximumExtensionCount = 10

    /// An init or an invocation is over when each extension has asked for its next event.
    var areExtensionsReady: Bool { extensions.values.allSatisfy { $0.isReady || $0.hasFailed } }

    /// `POST /extension/register`.
    mutating func registerExtension(
        name: String?,
        body: [UInt8],
        wantsAccount: Bool,
        on connection: ConnectionID
    ) {
        guard process.isServing else { return }
        let refusal: Reply
        switch Self.events(in: body) {
        case _ where (name ?? "").isEmpty:
            refusal = .error(403, "Extension.InvalidExtensionName", "Empty extension name")
        case nil:
            refusal = .error(403, "InvalidRequestFormat", #"not a document of the form {"events":["INVOKE"]}"#)
        case let events? where events.contains("SHUTDOWN"):
            let reason = "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"
            refusal = .error(403, "Extension.InvalidEventType", reason)
        case let events? where events.contains { $0 != "INVOKE" }:
            let unknown = events.first { $0 != "INVOKE" } ?? ""
            refusal = .error(403, "Extension.InvalidEventType", "\(unknown): ErrorInvalidEventType")
        case _ where phase != .started:
            refusal = .error(403, "Extension.RegistrationClosed", "Extension registration closed already")
        case _ where extensions.values.contains { $0.name == name }:
            let reason = "Extension with this name already registered"
            refusal = .error(403, "Extension.InvalidExtensionState", reason)
        case _ where extensions.count >= Self.maximumExtensionCount:
            let reason = "Extension limit (\(Self.maximumExtensionCount)) reached"
            refusal = .error(403, "Extension.TooManyExtensions", reason)
        case let events?:
            let id = RandomText.uuid()
            extensions[id] = RuntimeExtension(name: name ?? "", isToldOfInvocations: !events.isEmpty)
            actions.append(.reply(connection, registration(id, wantsAccount: wantsAccount)))
            return
        }
        actions.append(.reply(connection, refusal))
    }

    private func registration(_ id: String, wantsAccount: Bool) -> Reply {
        var body: [UInt8] = []
        body.appendJSON("{")
        if wantsAccount {
            body.appendJSON(#""accountId":"#)
            body.appendJSONString(configuration.accountID)
            body.appendJSON(",")
        }
        body.appendJSON(#""functionName":"#)
        body.appendJSONString(configuration.functionName)
        body.appendJSON(#","functionVersion":"#)
        body.appendJSONString(configuration.functionVersion)
        body.appendJSON(#","handler":"#)
        body.appendJSONString(configuration.effectiveHandler)
        body.appendJSON("}\n")
        let headers = [("Lambda-Extension-Identifier", id), ("Content-Type", "application/json")]
        return Reply(status: 200, headers: headers, body: body)
    }

    /// `GET /extension/event/next`.
    mutating func extensionNext(_ id: String?, on connection: ConnectionID, _ now: Moment) {
        guard process.isServing, let id = identified(id, on: connection) else { return }
        extensions[id]?.connection = connection
        extensions[id]?.isReady = true
        finishInitialization(now)
        release(now)
        advance(now)
    }

    /// `POST /extension/init/error` and `/extension/exit/error`.
    mutating func extensionFailed(_ id: String?, type: String?, on connection: ConnectionID, _ now: Moment) {
        guard process.isServing, let id = identified(id, on: connection) else { return }
        guard let type, !type.isEmpty else {
            let reason = "Lambda-Extension-Function-Error-Type not found"
            return actions.append(.reply(connection, .error(403, "Extension.MissingHeader", reason)))
        }
        extensions[id]?.hasFailed = true
        actions.append(.reply(connection, .accepted))
        finishInitialization(now)
        release(now)
        advance(now)
    }

    /// The identifier of a registered extension. For any other, replies with the refusal and returns nil.
    private mutating func identified(_ id: String?, on connection: ConnectionID) -> String? {
        guard let id, !id.isEmpty else {
            let reason = "Missing Lambda-Extension-Identifier header"
            actions.append(.reply(connection, .error(403, "Extension.MissingExtensionIdentifier", reason)))
            return nil
        }
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], id.allSatisfy({ $0 == "-" || $0.isHexDigit }) else {
            let reason = "Invalid Lambda-Extension-Identifier"
            actions.append(.reply(connection, .error(403, "Extension.InvalidExtensionIdentifier", reason)))
            return nil
        }
        guard extensions[id.lowercased()] != nil else {
            let reason = "Unknown extension \(id)"
            actions.append(.reply(connection, .error(403, "Extension.UnknownExtensionIdentifier", reason)))
            return nil
        }
        return id.lowercased()
    }

    /// Sends INVOKE to the extensions that registered for it.
    mutating func tellExtensions(of invocation: ActiveInvocation) {
        guard !extensions.isEmpty else { return }
        // Managed Instances do not wait for extensions between invocations.
        let staysReady = isManaged
        for (id, member) in Array(extensions) where member.isToldOfInvocations {
            guard let connection = member.connection else { continue }
            extensions[id]?.connection = nil
            extensions[id]?.isReady = staysReady
            let headers = [
                ("Lambda-Extension-Event-Identifier", RandomText.uuid()), ("Content-Type", "application/json"),
            ]
            let reply = Reply(status: 200, headers: headers, body: invocationEvent(invocation))
            actions.append(.reply(connection, reply))
        }
    }

    private func invocationEvent(_ invocation: ActiveInvocation) -> [UInt8] {
        var body: [UInt8] = []
        body.appendJSON(#"{"eventType":"INVOKE","deadlineMs":"#)
        body.appendJSONInteger(invocation.deadlineEpochMilliseconds)
        body.appendJSON(#","requestId":"#)
        body.appendJSONString(invocation.requestID)
        body.appendJSON(#","invokedFunctionArn":"#)
        body.appendJSONString(invocation.request.functionARN ?? configuration.functionARN)
        if let traceID = invocation.traceID {
            body.appendJSON(#","tracing":{"type":"X-Amzn-Trace-Id","value":"#)
            body.appendJSONString(traceID)
            body.appendJSON("}")
        }
        body.appendJSON("}")
        return body
    }

    /// The events asked for; nil if the body is not a registration.
    private static func events(in body: [UInt8]) -> [String]? {
        guard let root = try? JSONDocument(body, limits: JSONLimits(maximumByteCount: 65536)).root,
            root.kind == .object
        else { return nil }
        if let keys = root["configurationKeys"], !keys.elements.isAtEnd { return nil }
        guard let events = root["events"], !events.isNull else { return [] }
        guard events.kind == .array else { return nil }
        var names: [String] = []
        for element in events.elements {
            guard let name = try? element.string() else { return nil }
            names.append(name)
        }
        return names
    }
}
