// The command that brings discarded records back, as it is typed once the function is repaired.

import EventSourceMapping

/// What to do about records that a mapping discards.
struct RedriveAdvice: Sendable {
    /// What says which filters the mapping has, on a command line.
    private let filters: [String]
    private let functionName: String
    /// Other options that reach the same services: an endpoint.
    private let endpoint: [String]
    /// Whether the destination's name is only a guess.
    private let isPlaceholder: Bool

    /// Without options: for a mapping that nothing else is known of.
    init(functionName: String) {
        filters = []
        self.functionName = functionName
        endpoint = []
        isPlaceholder = false
    }

    init(_ options: MappingOptions, _ live: LiveOptions, _ settings: MappingSettings) {
        functionName = settings.function?.name ?? settings.configuration.functionName
        isPlaceholder = settings.destinationGap?.leavesNameOpen ?? false
        endpoint = live.endpointUrl.map { ["--endpoint-url", $0] } ?? []
        if !options.filter.isEmpty {
            filters = options.filter.flatMap { ["--filter", $0] }
        } else {
            filters = options.named.option == nil ? ["--unfiltered"] : options.named.arguments
        }
    }

    /// Where to redrive from; nil for a topic, which keeps nothing, and without a destination.
    private func origin(of mapping: EventSourceMappingConfiguration) -> String? {
        let name = mapping.onFailureDestination?.split(separator: ":").last.map(String.init) ?? ""
        return switch mapping.destinationKind {
        case .queue: isPlaceholder ? "sqs:QUEUE" : "sqs:\(name)"
        case .bucket: isPlaceholder ? "s3://BUCKET/aws/lambda/" : "s3://\(name)/aws/lambda/"
        case .topic: "sqs:QUEUE"
        case nil: nil
        }
    }

    /// Sentences, the last of them the command.
    func sentences(_ counts: RunCounts, _ mapping: EventSourceMappingConfiguration) -> [String] {
        guard counts.discarded + counts.lost + counts.windowsLost > 0 else { return [] }
        guard let origin = origin(of: mapping) else {
            return [
                """
                Without an on-failure destination nothing says which records these were. Give the mapping one \
                (DestinationConfig), and `lambda-streams redrive` brings them back.
                """
            ]
        }
        var sentences: [String] = []
        if counts.lost > 0 {
            sentences.append(
                "No message is sent about records that the mapping loses silently: these do not come back."
            )
        }
        guard counts.discarded > 0 || counts.windowsLost > counts.windowsLostSilently else { return sentences }
        if mapping.destinationKind == .topic {
            sentences.append("A topic keeps nothing: subscribe a queue to it, and redrive that.")
        }
        let command =
            ["lambda-streams", "redrive", "--from", origin] + filters + ["--to", "function", functionName] + endpoint
        return sentences + [
            "Repair the function, then, within 24 hours unless the destination is a bucket:",
            command.map(\.quotedForShell).joined(separator: " "),
        ]
    }
}

extension String {
    /// As one word of a shell.
    fileprivate var quotedForShell: String {
        let isPlain =
            !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "_-./:=@%+,".utf8.contains(byte)
                }
            }
        if isPlain { return self }
        return "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
