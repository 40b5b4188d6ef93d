// The runtime's name as the platform records it, from `User-Agent` and `Lambda-Runtime-Features`.

internal import NIOHTTP1

/// The rules of aws-lambda-runtime-interface-emulator, `appctxutil.go`.
struct RuntimeRelease: Sendable {
    private let userAgent: String
    private let features: [Substring]
    private static let maximumSize = 128

    init(_ headers: HTTPHeaders) {
        userAgent = headers.first(name: "User-Agent") ?? ""
        // Parentheses enclose the features in what is noted, so none may be within.
        features = (headers.first(name: "Lambda-Runtime-Features") ?? "")
            .split(whereSeparator: \.isWhitespace)
            .map { Substring($0.filter { $0 != "(" && $0 != ")" }) }
            .filter { !$0.isEmpty }
    }

    /// What is noted from now on, where `noted` was. The agent is the first one that came, and features are appended
    /// once: as many as fit.
    func appended(to noted: String) -> String {
        if !noted.isEmpty, features.isEmpty || noted.hasSuffix(")") { return noted }
        let agent = userAgent.split(whereSeparator: \.isWhitespace).first ?? ""
        let base = noted.isEmpty ? String(agent) : noted
        var room = Self.maximumSize - (base.isEmpty ? "Unknown" : base).utf8.count - 3
        var fitting: [Substring] = []
        for feature in features where feature.utf8.count <= room - fitting.count {
            room -= feature.utf8.count
            fitting.append(feature)
        }
        guard !fitting.isEmpty else { return base }
        return (base.isEmpty ? "Unknown" : base) + " (" + fitting.joined(separator: " ") + ")"
    }
}
