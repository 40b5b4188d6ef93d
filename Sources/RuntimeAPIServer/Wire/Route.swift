// The route of a request, by its method and path.

internal import NIOHTTP1

/// The endpoints of the Runtime API (`2018-06-01`), the Extensions API (`2020-01-01`), the ones that only say that
/// they are not supported here, and AWS's Invoke.
enum Route: Hashable, Sendable {
    case ping
    case next
    case response(requestID: String)
    case error(requestID: String)
    case initializationError
    case restoreNext
    case restoreError
    case registerExtension
    case extensionNext
    case extensionError(isInitialization: Bool)
    /// `PUT` of a subscription to logs or telemetry.
    case telemetry
    case credentials
    /// AWS's Invoke of a function, named by name, ARN or part of one.
    case invoke(function: String)
    case notFound
    case methodNotAllowed

    /// What of an address is offered: the Runtime API to functions, Invoke to their callers.
    enum Service: Sendable {
        case runtimeAPI(basePath: String, isSnapStart: Bool)
        case invoke
    }

    init(_ method: HTTPMethod, _ uri: String, of service: Service) {
        let path = uri.prefix { $0 != "?" }
        let expected: HTTPMethod
        switch service {
        case .runtimeAPI(let basePath, let isSnapStart):
            guard path.hasPrefix(basePath) else {
                self = .notFound
                return
            }
            (self, expected) = Self.runtimeAPI(path.dropFirst(basePath.count), isSnapStart: isSnapStart)
        case .invoke:
            (self, expected) = Self.invoke(path)
        }
        if self != .notFound, method != expected { self = .methodNotAllowed }
    }

    private static func runtimeAPI(_ path: Substring, isSnapStart: Bool) -> (Route, HTTPMethod) {
        switch path {
        case "/2018-06-01/runtime/invocation/next": return (.next, .GET)
        case "/2018-06-01/runtime/init/error": return (.initializationError, .POST)
        case "/2018-06-01/runtime/restore/next" where isSnapStart: return (.restoreNext, .GET)
        case "/2018-06-01/runtime/restore/error" where isSnapStart: return (.restoreError, .POST)
        case "/2018-06-01/ping": return (.ping, .GET)
        case "/2020-01-01/extension/register": return (.registerExtension, .POST)
        case "/2020-01-01/extension/event/next": return (.extensionNext, .GET)
        case "/2020-01-01/extension/init/error": return (.extensionError(isInitialization: true), .POST)
        case "/2020-01-01/extension/exit/error": return (.extensionError(isInitialization: false), .POST)
        case "/2020-08-15/logs", "/2022-07-01/telemetry": return (.telemetry, .PUT)
        case "/2021-04-23/credentials" where isSnapStart: return (.credentials, .GET)
        default: break
        }
        let invocation = "/2018-06-01/runtime/invocation/"
        guard path.hasPrefix(invocation) else { return (.notFound, .GET) }
        let parts = path.dropFirst(invocation.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return (.notFound, .GET) }
        switch parts[1] {
        case "response": return (.response(requestID: parts[0].percentDecoded), .POST)
        case "error": return (.error(requestID: parts[0].percentDecoded), .POST)
        default: return (.notFound, .GET)
        }
    }

    private static func invoke(_ path: Substring) -> (Route, HTTPMethod) {
        let prefix = "/2015-03-31/functions/"
        let suffix = "/invocations"
        guard path.hasPrefix(prefix), path.hasSuffix(suffix), path.utf8.count > prefix.utf8.count + suffix.utf8.count
        else { return (.notFound, .POST) }
        let name = path.dropFirst(prefix.count).dropLast(suffix.count)
        return (name.contains("/") ? .notFound : .invoke(function: name.percentDecoded), .POST)
    }
}

extension Substring {
    /// The text with `%XX` resolved; a `%` that begins none stays.
    var percentDecoded: String {
        guard utf8.contains(UInt8(ascii: "%")) else { return String(self) }
        let bytes = Array(utf8)
        var decoded: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
                let high = bytes[position + 1].hexDigit, let low = bytes[position + 2].hexDigit
            {
                decoded.append(high << 4 | low)
                position += 3
            } else {
                decoded.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
