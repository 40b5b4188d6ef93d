// A run on a live stream: poll, deliver, keep the place, tell the destination.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import SharedState

struct LiveRun {
    private let options: LiveOptions
    private let settings: MappingSettings
    private let policies: MappingPolicies
    private let faults: FaultPlan
    private let function: FunctionPool
    private let interruption: Interruption

    init(
        _ options: LiveOptions,
        _ settings: MappingSettings,
        _ policies: MappingPolicies,
        _ faults: FaultPlan,
        _ function: FunctionPool,
        _ interruption: Interruption
    ) {
        self.options = options
        self.settings = settings
        self.policies = policies
        self.faults = faults
        self.function = function
        self.interruption = interruption
    }

    func run(_ recorder: RunRecorder) async throws -> RunRecorder {
        let table = options.table ?? ""
        let client = client
        let streamARN = try await streamARN(of: table, client)
        if options.endpointUrl == nil {
            Terminal.standardError.write(
                "Reading \(streamARN) on AWS itself. At most two readers should poll a shard at once, and a mapping is one.\n"
            )
        }
        let file = try CheckpointFile(options.checkpointFile ?? "\(table).checkpoint.json", streamARN: streamARN)
        var mapping = settings.configuration
        mapping.eventSourceARN = streamARN
        let startsAtLatest = mapping.startingPosition == .latest
        // The poller decides where to begin; what it reads is to be delivered.
        mapping.startingPosition = .trimHorizon
        let simulation = try MappingSimulation(mapping, policies: policies, seed: faults.seed, start: .now)
        let load = RunLoad()
        let surroundings = LiveSurroundings(client, options, checkpoints: file)
        var driver = RealTimeDriver(
            simulation,
            recorder,
            faults,
            function,
            interruption,
            surroundings: surroundings,
            load: load
        )
        let poller = StreamPoller(
            streams: DynamoDBStreamsClient(client),
            streamARN: streamARN,
            checkpoints: file.shards,
            startsAtLatest: startsAtLatest,
            mailbox: driver.mailbox,
            load: load
        )
        let polling = Task { await poller.run() }
        let watching = Task { [mailbox = driver.mailbox, untilIdle = options.untilIdle?.duration] in
            guard let untilIdle else { return }
            while !Task.isCancelled, !load.isIdle(for: untilIdle) { try? await Task.sleep(for: .milliseconds(200)) }
            mailbox.yield(.interrupted)
        }
        defer {
            polling.cancel()
            watching.cancel()
        }
        try await driver.run()
        return driver.recorder
    }

    /// A local endpoint takes any key; AWS takes those of the environment.
    private var client: AWSClient {
        guard let endpoint = options.endpointUrl else { return AWSClient() }
        let environment = AWSEnvironment.process
        let hasKey = environment["AWS_ACCESS_KEY_ID"] != nil || environment["AWS_PROFILE"] != nil
        let hasRegion = environment["AWS_REGION"] != nil || environment["AWS_DEFAULT_REGION"] != nil
        return AWSClient(
            region: hasRegion ? nil : "us-east-1",
            endpoint: endpoint,
            credentials: hasKey ? nil : AWSCredentials(accessKeyID: "local", secretAccessKey: "local")
        )
    }

    private func streamARN(of table: String, _ client: AWSClient) async throws -> String {
        let found: String?
        do throws(AWSError) {
            found = try await DynamoDBClient(client).latestStreamARN(ofTable: table)
        } catch {
            throw LiveError.unreachable("\(error)")
        }
        guard let found else { throw LiveError.noStream(table: table) }
        return found
    }
}

/// Keeps the place and sends the messages.
final class LiveSurroundings: RunSurroundings {
    private let client: AWSClient
    private let sends: Bool
    private let endpoint: String?
    private let checkpoints: Guarded<CheckpointFile>

    init(_ client: AWSClient, _ options: LiveOptions, checkpoints: CheckpointFile) {
        self.client = client
        sends = options.send
        endpoint = options.endpointUrl
        self.checkpoints = Guarded(checkpoints)
    }

    func passed(_ number: SequenceNumber, shardID: String) throws {
        let failure: (any Error)? = checkpoints.withLock { file in
            do {
                try file.pass(number, shardID: shardID)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    func send(_ delivery: DestinationDelivery, event: [UInt8]?, mappingUUID: String) async -> String? {
        guard sends else { return nil }
        let parts = delivery.destination.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 5 else { return "\(delivery.destination) is no ARN" }
        let message = String(decoding: delivery.queueMessage, as: UTF8.self)
        do throws(AWSError) {
            switch parts[2] {
            case "sqs":
                let host = endpoint ?? "https://sqs.\(parts[3]).amazonaws.com\(parts[1] == "aws-cn" ? ".cn" : "")"
                try await SQSClient(client).sendMessage(message, to: "\(host)/\(parts[4])/\(parts[5])")
            case "sns": _ = try await SNSClient(client).publish(message, to: delivery.destination)
            case "s3":
                let key = delivery.objectKey(mappingUUID: mappingUUID, objectUUID: delivery.message.requestID)
                try await S3Client(client).putObject(delivery.object(event: event ?? []), key: key, in: parts[5])
            default: return "\(delivery.destination) is neither a queue nor a topic nor a bucket"
            }
            return nil
        } catch {
            return "\(error)"
        }
    }
}
