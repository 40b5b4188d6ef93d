// `lambda-streams generate-event`: stream events from options, the same ones for the same options.

import ArgumentParser
import Foundation
import LambdaStreams
import LambdaStreamsTesting

struct GenerateEventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate-event",
        abstract: "Make a stream event, from nothing or from an item.",
        discussion: """
            The event goes to standard output. The same options make the same bytes.

            EXAMPLES
              lambda-streams generate-event
              lambda-streams generate-event --count 100 --items 10 --seed 7 \\
                --insert --modify --remove
              lambda-streams generate-event --item '{"id":"o-1","total":12.5}'
              lambda-streams generate-event --modify --item new.json \\
                --old-item old.json --key id --key line
              lambda-streams generate-event --remove --ttl \\
                --item '{"id":{"S":"o-1"}}'

            \(CommandExit.help(of: .generateEvent))
            """
    )

    @Flag(help: "Make INSERTs. Without any kind, an item's first change is one, and its others are MODIFYs.")
    var insert = false
    @Flag(help: "Make MODIFYs.") var modify = false
    @Flag(help: "Make REMOVEs.") var remove = false
    @Option(help: ArgumentHelp("How many records.", valueName: "n")) var count = 1
    @Option(help: ArgumentHelp("How many items they are spread over, by default as many as records.", valueName: "n"))
    var items: Int?
    @Option(help: ArgumentHelp("The partition key; a second one is the sort key. (default: id)", valueName: "name"))
    var key: [String] = []
    @Option(help: "The table.") var table = "orders"
    @Option(help: "The region.") var region = "us-east-1"
    @Option(help: "KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES.")
    var viewType = ViewTypeText(view: .newAndOldImages)
    @Option(
        help: ArgumentHelp(
            "The item, as a file or as JSON, plain or DynamoDB's. Made up by default.",
            valueName: "json"
        )
    )
    var item: String?
    @Option(help: ArgumentHelp("The item before a MODIFY or a REMOVE.", valueName: "json")) var oldItem: String?
    @Flag(help: "Removals are the time to live's.") var ttl = false
    @Option(help: ArgumentHelp("Chooses what is made up.", valueName: "n")) var seed: UInt64 = 0
    @Flag(help: "Print a record on each line in the place of an event.") var lines = false

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("--count takes 1 to 100000.") }
        guard (1...count).contains(items ?? count) else { throw ValidationError("--items takes 1 to --count.") }
        guard key.count <= 2 else { throw ValidationError("A table has at most two key attributes.") }
        if item != nil, modify, oldItem == nil {
            throw ValidationError(
                "--modify with --item needs --old-item: a change that changes nothing is not recorded."
            )
        }
        if oldItem != nil, item == nil, !remove {
            throw ValidationError("--old-item goes with --item, or with --remove.")
        }
        if ttl, !remove { throw ValidationError("--ttl says who removed: it goes with --remove.") }
    }

    func run() throws {
        try CommandExit.reporting {
            let names = key.isEmpty ? ["id"] : key
            let given = try GivenItems(new: item.map(ItemText.init)?.item(), old: oldItem.map(ItemText.init)?.item())
            let changes = ChangeSequence(
                kinds: ChangeSequence.Kinds(insert: insert, modify: modify, remove: remove),
                items: items ?? count,
                keys: names,
                given: given,
                seed: seed
            )
            let event = try GeneratedEvent(
                changes: changes,
                count: count,
                builder: StreamEvent.Builder(
                    keys: names[0],
                    names.count > 1 ? names[1] : nil,
                    view: viewType.view,
                    table: table,
                    region: region,
                    sequenceNumber: GeneratedEvent.firstSequenceNumber(seed: seed)
                ),
                isExpiry: ttl
            )
            var text = lines ? event.lines : event.json
            text.append(UInt8(ascii: "\n"))
            try? FileHandle.standardOutput.write(contentsOf: Data(text))
        }
    }
}

/// A view type as AWS spells it.
struct ViewTypeText: ExpressibleByArgument, Sendable {
    let view: StreamViewType

    init(view: StreamViewType) { self.view = view }

    init?(argument: String) {
        let all: [StreamViewType] = [.keysOnly, .newImage, .oldImage, .newAndOldImages]
        let name = argument.uppercased().replacingOccurrences(of: "-", with: "_")
        guard let view = all.first(where: { $0.description == name }) else { return nil }
        self.view = view
    }

    var defaultValueDescription: String { view.description }
    static var allValueStrings: [String] { ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"] }
}
