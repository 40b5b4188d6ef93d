// A run on a live stream: read, deliver, keep the position, send to the destination.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping

/// A live run before its start: the stream and the position in it are known.
struct LiveRun {
    private let options: LiveOptions
    private let settings: MappingSettings
    private let client: AWSClient
    private let table: String
    private let streamARN: String
    private let view: StreamView?
    private let file: CheckpointFile

    init(_ options: LiveOptions, _ settings: MappingSettings) async throws {
        self.options = options
        self.settings = settings
        table = options.table ?? ""
        if options.send, let gap = settings.destinationGap { throw LiveError.openDestination(gap) }
        client = LocalEndpoint.client(options.endpointUrl)
        (streamARN, view) = try await Self.stream(of: table, client)
        file = try CheckpointFile(options.checkpointPath(of: table), streamARN: streamARN)
        // Checked now rather than after the first batch.
        try file.write()
    }

    /// Whether the run continues an earlier one.
    var isResumed: Bool { file.isResumed }

    /// The mapping as it reads this stream.
    var configuration: EventSourceMappingConfiguration {
        var mapping = settings.configuration
        mapping.eventSourceARN = streamARN
        // The readers decide where to start. Everything that they read is delivered.
        mapping.startingPosition = .trimHorizon
        return mapping
    }

    func run(
        _ recorder: RunRecorder,
        _ policies: MappingPolicies,
        _ faults: FaultPlan,
        _ function: FunctionPool,
        _ interruption: Interruption
    ) async throws -> RunOutcome {
        if options.endpointUrl == nil {
            Terminal.standardError.write(
                "Reading \(streamARN) on AWS itself. At most two readers should poll a shard at once, and a mapping is one.\n"
            )
        }
        var policies = policies
        // The stream's own pages are what is read, when they are read.
        policies.page = MappingPolicies.Page(recordCount: .max, byteCount: .max)
        policies.pollInterval = .zero
        // A record that the stream returned is still in the stream, whatever its age: local streams keep records
        // indefinitely.
        policies.retention = .seconds(100 * 365 * 86_400)
        let mapping = configuration
        let simulation = try MappingSimulation(mapping, policies: policies, seed: faults.seed, view: view, start: .now)
        let places = LivePlaces(file)
        let reading = ReadingState(
            recordsForBatches: mapping.batchSize * (mapping.parallelizationFactor + 1)
        )
        var driver = RealTimeDriver(
            simulation,
            recorder,
            faults,
            function,
            interruption,
            live: LiveSurroundings(client, options, places, reading)
        )
        let poller = StreamPoller(
            streams: DynamoDBStreamsClient(client),
            tables: DynamoDBClient(client),
            table: table,
            streamARN: streamARN,
            places: places,
            startsAtLatest: settings.configuration.startingPosition == .latest,
            mailbox: driver.mailbox,
            reading: reading
        )
        let polling = Task { await poller.run() }
        let watching = Task { [mailbox = driver.mailbox, untilIdle = options.untilIdle?.duration] in
            guard let untilIdle else { return }
            while !Task.isCancelled, !reading.isIdle(for: untilIdle) { try? await Task.sleep(for: .milliseconds(50)) }
            mailbox.yield(.interrupted)
        }
        defer {
            polling.cancel()
            watching.cancel()
        }
        await driver.run()
        return driver.outcome
    }

    private static func stream(of table: String, _ client: AWSClient) async throws -> (arn: String, view: StreamView?) {
        let described: TableDescription
        do throws(AWSError) {
            described = try await DynamoDBClient(client).describeTable(table)
        } catch {
            throw LiveError.unreachable("\(error)")
        }
        guard let arn = described.latestStreamARN else { throw LiveError.noStream(table: table) }
        return (arn, described.streamViewType.flatMap { StreamView(rawValue: $0.description) })
    }
}
