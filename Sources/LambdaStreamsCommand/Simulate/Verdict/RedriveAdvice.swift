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
    /// The command that redrives the messages of this run on this machine, where they have the records.
    private let localCommand: [String]?

    /// Without options: for a mapping that nothing else is known of.
    init(functionName: String) {
        filters = []
        self.functionName = functionName
        endpoint = []
        isPlaceholder = false
        localCommand = nil
    }

    init(_ command: SimulateCommand, _ settings: MappingSettings) {
        let (options, live) = (command.mapping, command.live)
        // Where the template leaves the name to AWS, it is not known here.
        let isNamed = settings.function.map { $0.properties["FunctionName"] != nil } ?? true
        functionName = isNamed ? settings.function?.name ?? settings.configuration.functionName : "FUNCTION"
        isPlaceholder = settings.destinationGap?.leavesNameOpen ?? false
        endpoint = live.endpointUrl.map { ["--endpoint-url", $0] } ?? []
        if !options.filter.isEmpty {
            filters = options.filter.flatMap { ["--filter", $0] }
        } else {
            filters = options.named.option == nil ? ["--unfiltered"] : options.named.arguments
        }
        let format = command.outputs.destinationFormat ?? DestinationFormat(settings.configuration)
        if let file = command.outputs.destinationLog, file != "-", format == .s3 {
            localCommand = ["lambda-streams", "redrive", "--from", file] + filters + ["--"] + command.executable
        } else {
            localCommand = nil
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
        if mapping.tumblingWindowInSeconds > 0 {
            return sentences + [
                """
                Repair the function. redrive does not bring these records back, for they have to be handled whole and in \
                their window: compute the window again from the table.
                """
            ]
        }
        if mapping.destinationKind == .topic {
            sentences.append("A topic keeps nothing: subscribe a queue to it, and redrive that.")
        }
        let command =
            ["lambda-streams", "redrive", "--from", origin] + filters + ["--to", "function", functionName] + endpoint
        let time =
            mapping.destinationKind == .bucket
            ? "as long as the bucket keeps the messages" : "within 24 hours, as long as the stream has the records"
        guard let localCommand else {
            return sentences + ["Repair the function, then, \(time):", Self.line(command)]
        }
        let both = """
            Repair the function. The first command redrives the messages of this run on this machine; the second one, \
            \(time), those on AWS:
            """
        return sentences + [both, Self.line(localCommand), Self.line(command)]
    }

    private static func line(_ words: [String]) -> String { words.map(\.quotedForShell).joined(separator: " ") }
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
