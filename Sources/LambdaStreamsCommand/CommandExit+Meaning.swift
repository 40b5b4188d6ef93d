// The meaning of each exit code for each subcommand: one table for every --help.

enum Subcommand: String, CaseIterable {
    case initialize = "init"
    case invoke, simulate, check
    case generateEvent = "generate-event"
    case redrive, backfill
}

extension CommandExit {
    /// The meaning of the code for a subcommand; nil if the subcommand does not use it.
    func meaning(of subcommand: Subcommand) -> String? {
        switch (self, subcommand) {
        case (.done, .initialize): "the package is written"
        case (.done, .invoke): "every event has a response; Ctrl-C ends --serve, --watch"
        case (.done, .simulate): "every record was handled or filtered"
        case (.done, .check): "no advice, except perhaps notes"
        case (.done, .generateEvent): "the event was made"
        case (.finding, .invoke): "an event ended in an error"
        case (.finding, .check): "there are errors or warnings"
        case (.finding, .simulate): "records were not delivered, or may have been missed"
        case (.badInput, .initialize): "the folder or the dependency cannot be used"
        case (.badInput, .invoke): "a file, the port or the function is wrong"
        case (.badInput, .simulate): "the settings, records, function or outputs are wrong"
        case (.badInput, .check): "the template cannot be read"
        case (.badInput, .generateEvent): "the item cannot be read, or makes no record"
        case (.discarded, .simulate): "records were discarded, and sent to the destination"
        case (.lost, .simulate): "records were lost, without any message"
        case (.unknown, .check): "the result depends on a value that is not known"
        case (.done, .redrive), (.done, .backfill): "every selected record was handled, stale or filtered"
        case (.finding, .redrive), (.finding, .backfill): "records failed or were not tried, and stay"
        case (.badInput, .redrive), (.badInput, .backfill): "the source, the function or a file is wrong"
        case (.lost, .redrive), (.lost, .backfill): "records are lost: nobody has them any more"
        case (.unknown, .redrive), (.unknown, .backfill): "whether records are missing cannot be known here"
        case (.interrupted, .redrive), (.interrupted, .backfill): "Ctrl-C came before the end; run it again to continue"
        case (.wrongOptions, _): "wrong options"
        case (.interrupted, .invoke): "Ctrl-C came before every event had a response"
        case (.interrupted, .simulate): "Ctrl-C came before every record was delivered"
        case (.finding, _), (.discarded, _), (.lost, _), (.unknown, _), (.interrupted, _): nil
        }
    }

    /// The codes of one subcommand, for its help.
    static func help(of subcommand: Subcommand) -> String {
        let rows = allCases.compactMap { code in
            code.meaning(of: subcommand).map { "  " + "\(code.rawValue)".padded(to: 5) + $0 }
        }
        return "EXIT CODES\n" + rows.joined(separator: "\n")
    }

    /// The codes of all of them, for the command's help.
    static var help: String {
        let rows = allCases.flatMap { code -> [String] in
            let meanings = Subcommand.allCases.compactMap { one in code.meaning(of: one).map { (one.rawValue, $0) } }
            let first = "  " + "\(code.rawValue)".padded(to: 5)
            if let common = meanings.first?.1, meanings.count > 1, meanings.allSatisfy({ $0.1 == common }) {
                return [first + common]
            }
            return meanings.enumerated().map { index, row in
                (index == 0 ? first : first.map { _ in " " }.joined()) + row.0.padded(to: 16) + row.1
            }
        }
        return "EXIT CODES\n" + rows.joined(separator: "\n")
    }
}
