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
        let instead = "name them with --template and --function, --mapping or --filter, or say --unfiltered"
        let listed: [FunctionMapping]
        do throws(AWSError) {
            listed = try await lambda.eventSourceMappings(function: name)
        } catch {
            self.init(
                "The event source mappings of \(name) cannot be listed, so its filters are not known here: \(error). "
                    + "Allow lambda:ListEventSourceMappings, or \(instead)."
            )
            return
        }
        var mappings: [String: [FunctionMapping]] = [:]
        for mapping in listed {
            guard let stream = mapping.eventSourceARN, stream.isDynamoDBStream else { continue }
            mappings[stream, default: []].append(mapping)
        }
        guard !mappings.isEmpty else {
            self.init(
                "\(name) has no event source mapping of a stream, so no filters are known here. If another function has it, "
                    + "\(instead)."
            )
            return
        }
        var filters: [String: FilterCriteria] = [:]
        var notes: [String] = []
        for (stream, mappings) in mappings.sorted(by: { $0.key < $1.key }) {
            do throws(Problem) {
                let criteria = try await Self.filters(of: mappings, lambda)
                filters[stream] = criteria
                guard !criteria.isEmpty else { continue }
                notes.append(
                    "The mapping \(mappings[0].uuid) of \(name) has filters: records that do not match are not redriven."
                )
            } catch {
                notes.append(
                    "The filters between \(stream) and \(name) are not known here: \(error.reason). \(error.remedy) \(instead)."
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
        /// What to allow, before what to say instead.
        var remedy = "To go on,"
    }

    /// The filters of the mappings of one stream: of several versions or aliases there may be several.
    private static func filters(
        of mappings: [FunctionMapping],
        _ lambda: LambdaClient
    ) async throws(Problem) -> FilterCriteria {
        var different: Set<Set<String>> = []
        for mapping in mappings {
            different.insert(
                Set(mapping.mayHideFilters ? try await decrypted(mapping, lambda) : mapping.filterPatterns)
            )
        }
        guard different.count == 1, let patterns = different.first else {
            throw Problem(reason: "\(mappings.count) mappings have different ones")
        }
        do throws(AdmissionError) {
            return try FilterCriteria(patterns: patterns.sorted())
        } catch {
            throw Problem(reason: "those of the mapping \(mappings[0].uuid) cannot be applied: \(error)")
        }
    }

    /// The patterns of a mapping that a customer managed key encrypts: Lambda decrypts them for who may use the key.
    private static func decrypted(_ mapping: FunctionMapping, _ lambda: LambdaClient) async throws(Problem) -> [String]
    {
        let key = mapping.kmsKeyARN ?? "a customer managed key"
        let reason = "the mapping \(mapping.uuid) encrypts them with \(key)"
        let whole: FunctionMapping
        do throws(AWSError) {
            whole = try await lambda.eventSourceMapping(mapping.uuid, ofFunction: mapping.functionARN)
        } catch {
            throw Problem(
                reason: "\(reason), and it cannot be read: \(error)",
                remedy: "Allow lambda:GetEventSourceMapping, and kms:Decrypt for the key, or"
            )
        }
        if let problem = whole.filterProblem {
            throw Problem(
                reason: "\(reason), and Lambda cannot decrypt them for you: \(problem)",
                remedy: "Allow kms:Decrypt for the key, or"
            )
        }
        return whole.filterPatterns
    }
}
