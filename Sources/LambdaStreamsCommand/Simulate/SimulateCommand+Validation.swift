// Options that have no effect together are refused instead of ignored.

import ArgumentParser

extension SimulateCommand {
    func validate() throws {
        try VariableText.validateEnvironment(environment)
        if live.table == nil {
            guard records.source != nil else {
                throw ValidationError(
                    "There are no records: give --records with a file, --generate with a number, or --table for a live "
                        + "stream."
                )
            }
            if let option = live.optionInUse {
                throw ValidationError("\(option) needs --table: it belongs to a live stream.")
            }
            if clock == .real {
                try refuse(invocationTime, "--invocation-time", "--clock real, where invocations take real time")
                try refuse(start, "--start", "--clock real, which begins now")
                try refuse(advice == true ? true : nil, "--advice", "--clock real: it is tried in virtual time")
            }
        } else {
            try validateLive()
        }
    }

    private func validateLive() throws {
        if let source = records.source { try refuse(source, source, "--table, whose records come as they are written") }
        try refuse(start, "--start", "--table, whose records come as they are written")
        try refuse(clock == .virtual ? true : nil, "--clock virtual", "--table: a live stream has the real time")
        try refuse(invocationTime, "--invocation-time", "--table, where invocations take real time")
        try refuse(advice == true ? true : nil, "--advice", "--table: it would invoke the function again")
        try refuse(faults.outage.map { _ in true }, "--outage", "--table, whose stream is real")
        try refuse(policies.recordsPerPage, "--records-per-page", "--table, whose pages are the stream's")
        try refuse(policies.latestGap.map { _ in true }, "--latest-gap", "--table, whose stream is real")
    }

    private func refuse(_ value: (some Any)?, _ option: String, _ partner: String) throws {
        if value != nil { throw ValidationError("\(option) does not go with \(partner).") }
    }
}
