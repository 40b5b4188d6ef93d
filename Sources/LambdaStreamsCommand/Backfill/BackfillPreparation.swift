// The checks before a backfill: the table, the export, the mappings, and what prevents it.

import AWSServices
import EventSourceMapping
import ExportReplay
import RecordReplay

struct BackfillPreparation {
    private let items: BackfillOptions
    private let pace: ReplayPaceOptions
    private let client: AWSClient
    private let survey: BackfillSurvey
    private let export: (location: ExportLocation, manifest: ExportManifest)?
    private let selection: ReplaySelection
    private let findings: [BackfillSafety.Finding]

    init(_ items: BackfillOptions, _ target: ReplayTargetOptions, _ pace: ReplayPaceOptions) async throws {
        self.items = items
        self.pace = pace
        client = LocalEndpoint.client(pace.endpointUrl)
        survey = try await BackfillSurvey(
            of: items.table,
            tables: DynamoDBClient(client),
            streams: DynamoDBStreamsClient(client)
        )
        let keyNames = survey.table.keyNames
        if let name = pace.only.map(\.name).first(where: { !keyNames.contains($0) }) {
            throw BackfillInputError(
                "--only \(name): the table \(survey.table.name) has no such key attribute. Its key is "
                    + "\(keyNames.joined(separator: ", "))."
            )
        }
        if let place = items.export {
            let location = try ExportLocation.find(place, s3: S3Client(client))
            export = (location, try await location.manifest())
        } else {
            export = nil
        }
        let mappings = await Self.mappings(of: target, survey.stream.streamARN, client)
        let destination: BackfillSafety.Destination =
            switch target.target {
            case .function(let name): .function(name: name)
            case .file: .file
            case .process(let words):
                .process(name: words.first?.split(separator: "/").last.map(String.init) ?? "function")
            // A dry run without a target says what reading costs, and nothing of what the records would do.
            case nil: .file
            }
        let safety = BackfillSafety(
            stream: survey.stream,
            destination: destination,
            protection: items.protection,
            mappings: mappings,
            streamReadSince: items.streamReadSince?.instant,
            itemsAsOf: export?.manifest.exportTime ?? .now,
            lowestSequenceNumber: survey.lowestSequenceNumber,
            isExport: export != nil,
            reportsBatchItemFailures: pace.reportBatchItemFailures ?? true
        )
        findings = safety.findings
        selection = try Self.selection(pace, safety.mapping)
    }

    /// The mappings between the stream and the function; nil where they cannot be listed, or for another target.
    private static func mappings(
        of target: ReplayTargetOptions,
        _ streamARN: String,
        _ client: AWSClient
    ) async -> [FunctionMapping]? {
        guard case .function(let name) = target.target else { return nil }
        let function = target.qualifier.map { "\(name):\($0)" } ?? name
        return try? await LambdaClient(client).eventSourceMappings(function: function, eventSource: streamARN)
    }

    /// The function does not receive records that do not match the mapping's filters live either.
    private static func selection(_ pace: ReplayPaceOptions, _ mapping: FunctionMapping?) throws -> ReplaySelection {
        do throws(AdmissionError) {
            return pace.selection(by: try FilterCriteria(patterns: mapping?.filterPatterns ?? []))
        } catch {
            throw BackfillInputError("The filters of the mapping \(mapping?.uuid ?? "") cannot be applied: \(error)")
        }
    }

    // MARK: Before

    func sayFindings() {
        for finding in findings {
            let text = "\(finding.isRefusal ? "Not begun" : "Note"): \(finding)".printable
            Terminal.standardError.write(WrappedText(text, width: Terminal.standardError.width, indent: "").text + "\n")
        }
    }

    /// What keeps the backfill from beginning.
    var exit: CommandExit {
        let refusals = findings.filter(\.isRefusal)
        guard !refusals.isEmpty else { return .done }
        return refusals.allSatisfy(\.isUnknown) ? .unknown : .badInput
    }

    /// How many items there are; about as many, for a table.
    var itemCount: Int { export?.manifest.itemCount ?? survey.table.itemCount }

    /// What a run would cost. The table is not read for it: that would be most of the cost.
    func sayEstimate(isJSON: Bool) {
        let units = export == nil ? Int(survey.readUnits(isConsistent: items.consistentRead).rounded(.up)) : 0
        let invocations = BackfillSurvey.invocations(
            itemCount: itemCount,
            itemSize: survey.averageItemSize,
            batchSize: pace.batchSize
        )
        guard !isJSON else {
            var line = JSONLine()
            line.add("event", "estimate")
            line.add("table", survey.table.name)
            line.add("items", itemCount)
            line.add("bytes", survey.table.sizeBytes)
            line.add("readUnits", units)
            line.add("invocations", invocations)
            line.add("refusals", findings.filter(\.isRefusal).map(\.description))
            line.add("notes", findings.filter { !$0.isRefusal }.map(\.description))
            line.add("exitCode", Int(exit.rawValue))
            return Terminal.standardOutput.write(line.text + "\n")
        }
        let source = export.map { "The export of \($0.manifest.exportTime) holds" } ?? "The table holds about"
        var sentences = ["\(source) \(itemCount.of("item"))."]
        if export == nil {
            sentences.append(
                "It has about \(survey.table.sizeBytes.grouped) bytes, as DynamoDB counted them within the last six hours. "
                    + "Reading it takes about \(units.of("read unit"))\(duration(of: units))."
            )
        }
        sentences.append("The function would be invoked about \(invocations.of("time")).")
        if !pace.only.isEmpty { sentences.append("--only leaves most of that out, but everything is read.") }
        Terminal.standardOutput.write(sentences.joined(separator: "\n") + "\n")
    }

    private func duration(of units: Int) -> String {
        guard let rate = items.readUnits?.perSecond else { return "" }
        return ", in about \(Int((Double(units) / rate).rounded(.up)).of("second"))"
    }

    // MARK: The run

    /// - Returns: the source, and whether it goes on from an earlier run.
    func makeSource() async throws -> (any ReplaySource, isResumed: Bool) {
        if let export {
            let source = try await ExportSource(
                export.location,
                stream: survey.stream,
                selection: selection,
                progressFile: items.progressFile
            )
            return (source, await source.isResumed)
        }
        let source = try TableSource(
            items.table,
            stream: survey.stream,
            client: DynamoDBClient(client),
            options: items.scanOptions(itemSize: survey.averageItemSize),
            selection: selection,
            progressFile: items.progressFile
        )
        return (source, await source.isResumed)
    }

    /// What tells which records are stale; nil where the function does, or nothing.
    var staleness: (any ReplayGuard)? {
        guard items.skipIfNewer else { return nil }
        return CurrentItemGuard(
            items.newerBy.map { .attribute($0) } ?? .image,
            dynamoDB: DynamoDBClient(client)
        )
    }
}

struct BackfillInputError: UserFacingError {
    let description: String

    init(_ description: String) { self.description = description }
}
