// What Lambda says of a function's mappings, for a redrive whose user does not name their filters.

import AWSServices
import EventSourceMapping
import RecordReplay

struct FunctionMappings {
    /// The filters of each stream's mapping, and whether the mappings read reports.
    let known: RedriveMappingOptions.Known
    /// What is used, and what could not be read, for people.
    let notes: [String]
    /// Streams whose records the function handles in tumbling windows.
    let windowedStreams: Set<String>

    /// Asks for the event source mappings between streams and a function (`lambda:ListEventSourceMappings`).
    ///
    /// - Parameters:
    ///   - function: its name or ARN.
    ///   - qualifier: a version or an alias.
    init(ofFunction function: String, qualifier: String?, _ lambda: LambdaClient) async {
        let name = qualifier.map { "\(function):\($0)" } ?? function
        let instead = "Name them with --template and --function, --mapping or --filter, or say --unfiltered."
        let listed: [FunctionMapping]
        do throws(AWSError) {
            listed = try await lambda.eventSourceMappings(function: name)
        } catch {
            self.init(
                "The event source mappings of \(name) cannot be listed, so its filters are not known here: \(error). \(instead)"
            )
            return
        }
        var mappings: [String: [FunctionMapping]] = [:]
        for mapping in listed {
            guard let stream = mapping.eventSourceARN, stream.isDynamoDBStream else { continue }
            mappings[stream, default: []].append(mapping)
        }
        guard !mappings.isEmpty else {
            self.init("\(name) has no event source mapping of a stream, so no filters are known here. \(instead)")
            return
        }
        var filters: [String: FilterCriteria] = [:]
        var notes: [String] = []
        for (stream, mappings) in mappings.sorted(by: { $0.key < $1.key }) {
            switch Self.filters(of: mappings) {
            case .success(let criteria):
                filters[stream] = criteria
                guard !criteria.isEmpty else { continue }
                notes.append(
                    "The mapping \(mappings[0].uuid) of \(name) has filters: records that do not match are not redriven."
                )
            case .failure(let problem):
                notes.append(
                    "The filters between \(stream) and \(name) are not known here: \(problem.reason). \(instead)"
                )
            }
        }
        let reports = Set(mappings.values.joined().map(\.reportsBatchItemFailures))
        self.init(
            known: RedriveMappingOptions.Known(
                filters: .ofStreams(filters),
                reportsBatchItemFailures: reports.count == 1 ? reports.first : nil
            ),
            notes: notes,
            windowedStreams: Set(mappings.filter { $0.value.contains { $0.tumblingWindowInSeconds > 0 } }.keys)
        )
    }

    private init(known: RedriveMappingOptions.Known, notes: [String], windowedStreams: Set<String>) {
        self.known = known
        self.notes = notes
        self.windowedStreams = windowedStreams
    }

    /// Nothing is known.
    private init(_ note: String) {
        self.init(
            known: RedriveMappingOptions.Known(filters: .unknown, reportsBatchItemFailures: nil),
            notes: [note],
            windowedStreams: []
        )
    }

    private struct Problem: Error {
        let reason: String
    }

    /// The filters of the mappings of one stream: of several versions or aliases there may be several.
    private static func filters(of mappings: [FunctionMapping]) -> Result<FilterCriteria, Problem> {
        if let hidden = mappings.first(where: \.mayHideFilters) {
            let reason =
                "the mapping \(hidden.uuid) encrypts them with a customer managed key, and Lambda does not list those"
            return .failure(Problem(reason: reason))
        }
        guard Set(mappings.map { Set($0.filterPatterns) }).count == 1, let mapping = mappings.first else {
            return .failure(Problem(reason: "\(mappings.count) mappings have different ones"))
        }
        do throws(AdmissionError) {
            return .success(try FilterCriteria(patterns: mapping.filterPatterns))
        } catch {
            return .failure(Problem(reason: "those of the mapping \(mapping.uuid) cannot be applied: \(error)"))
        }
    }
}
