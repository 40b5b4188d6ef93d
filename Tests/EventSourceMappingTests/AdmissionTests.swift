// Mappings that AWS refuses, in its words.

import EventSourceMapping
import Testing

@Suite("Admission")
struct AdmissionTests {
    typealias Configuration = EventSourceMappingConfiguration

    struct Refusal: Sendable, CustomStringConvertible {
        let settings: String
        let code: AdmissionError.Code
        let message: String
        var description: String { settings }
    }

    private static func bounds(_ name: String, _ value: Int, _ bound: String) -> String {
        "1 validation error detected: Value '\(value)' at '\(name)' failed to satisfy constraint: "
            + "Member must have value \(bound)"
    }

    static let refusals = [
        Refusal(
            settings: #""ParallelizationFactor":10,"TumblingWindowInSeconds":1"#,
            code: .invalidParameterValue,
            message: "Parallelization factor must be equal to 1 when tumbling window period is configured"
        ),
        Refusal(
            settings: #""TumblingWindowInSeconds":1,"FilterCriteria":{"Filters":[{"Pattern":"{\"a\":[1]}"}]}"#,
            code: .invalidParameterValue,
            message: "Tumbling window period should be zero when FilterCriteria is configured"
        ),
        Refusal(
            settings: #""MaximumRecordAgeInSeconds":59"#,
            code: .invalidParameterValue,
            message: "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)"
        ),
        Refusal(
            settings: #""MaximumRecordAgeInSeconds":0"#,
            code: .invalidParameterValue,
            message: "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)"
        ),
        Refusal(
            settings: #""DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:sqs:us-east-1:123456789012:q"}}"#,
            code: .invalidParameterValue,
            message: "OnSuccess configuration is not supported for event source mappings."
        ),
        Refusal(
            settings: #""FilterCriteria":{"Filters":[{"Pattern":"single-string"}]}"#,
            code: .invalidParameterValue,
            message: "Invalid filter pattern definition."
        ),
        Refusal(
            settings: #""ScalingConfig":{"MaximumConcurrency":2}"#,
            code: .invalidParameterValue,
            message: "Unsupported ScalingConfig parameter for given event source mapping type."
        ),
        Refusal(
            settings: #""StartingPositionTimestamp":1767225600"#,
            code: .invalidParameterValue,
            message: "Timestamp only valid with StartingPosition AT_TIMESTAMP"
        ),
        Refusal(
            settings: #""BatchSize":10001"#,
            code: .validation,
            message: bounds("batchSize", 10_001, "less than or equal to 10000")
        ),
        Refusal(
            settings: #""BatchSize":0"#,
            code: .validation,
            message: bounds("batchSize", 0, "greater than or equal to 1")
        ),
        Refusal(
            settings: #""MaximumBatchingWindowInSeconds":301"#,
            code: .validation,
            message: bounds("maximumBatchingWindowInSeconds", 301, "less than or equal to 300")
        ),
        Refusal(
            settings: #""ParallelizationFactor":11"#,
            code: .validation,
            message: bounds("parallelizationFactor", 11, "less than or equal to 10")
        ),
        Refusal(
            settings: #""MaximumRetryAttempts":-2"#,
            code: .validation,
            message: bounds("maximumRetryAttempts", -2, "greater than or equal to -1")
        ),
        Refusal(
            settings: #""MaximumRecordAgeInSeconds":604801"#,
            code: .validation,
            message: bounds("maximumRecordAgeInSeconds", 604_801, "less than or equal to 604800")
        ),
        Refusal(
            settings: #""TumblingWindowInSeconds":901"#,
            code: .validation,
            message: bounds("tumblingWindowInSeconds", 901, "less than or equal to 900")
        ),
    ]

    private static func document(_ settings: String) -> [UInt8] {
        Array("{\"StartingPosition\":\"TRIM_HORIZON\",\(settings)}".utf8)
    }

    @Test("a mapping is refused in AWS's words", arguments: refusals)
    func refuses(_ refusal: Refusal) {
        let error = #expect(throws: AdmissionError.self) { try Configuration(json: Self.document(refusal.settings)) }
        #expect(error?.code == refusal.code)
        #expect(error?.message == refusal.message)
        #expect(error?.isVerbatim == true)
    }

    @Test("the starting position is required, and is not a time")
    func startingPosition() {
        let missing = #expect(throws: AdmissionError.self) { try Configuration(json: Array("{}".utf8)) }
        #expect(
            missing?.message == "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
                + "constraint: Member must not be null."
        )
        let timestamp = #expect(throws: AdmissionError.self) {
            try Configuration(json: Array(#"{"EventSourceArn":"arn:s","StartingPosition":"AT_TIMESTAMP"}"#.utf8))
        }
        #expect(timestamp?.message == "Unsupported starting position for arn type: arn:s")
    }

    @Test("several values out of range are told at once")
    func several() {
        let error = #expect(throws: AdmissionError.self) {
            try Configuration(batchSize: 0, parallelizationFactor: 11).validate()
        }
        #expect(error?.message.hasPrefix("2 validation errors detected: Value '0' at 'batchSize'") == true)
    }

    @Test("a pattern has at most 4,096 characters")
    func longPattern() throws {
        func pattern(_ length: Int) -> String { "{\"a\":[\"\(String(repeating: "x", count: length - 10))\"]}" }
        try Configuration(filterPatterns: [pattern(4_096)]).validate()
        let error = #expect(throws: AdmissionError.self) {
            try Configuration(filterPatterns: [pattern(4_097)]).validate()
        }
        #expect(error?.code == .validation)
    }

    @Test("a second mapping of the same stream and function is refused, one of an alias is not")
    func duplicate() throws {
        let mapping = Configuration(functionName: "f")
        let error = #expect(throws: AdmissionError.self) { try mapping.validate(beside: ["u-1": mapping]) }
        #expect(error?.code == .resourceConflict)
        #expect(
            error?.message == "The event source arn (\" \(mapping.eventSourceARN) \") and function (\" f \") provided "
                + "mapping already exists. Please update or delete the existing mapping with UUID u-1"
        )
        try mapping.validate(beside: ["u-1": Configuration(functionName: "f:live")])
    }

    @Test("queues and topics of the FIFO kind, and other services, are no destination")
    func destinations() throws {
        for arn in [
            "arn:aws:sqs:us-east-1:123456789012:q.fifo", "arn:aws:sns:us-east-1:123456789012:t.fifo",
            "arn:aws:lambda:us-east-1:123456789012:function:f", "q", "kafka://topic", "",
        ] {
            let error = #expect(throws: AdmissionError.self) { try Configuration(onFailureDestination: arn).validate() }
            #expect(error?.isVerbatim == false)
        }
        for arn in [
            "arn:aws:sqs:us-east-1:123456789012:q", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:t",
            "arn:aws:s3:::bucket.with-dots", "arn:aws-cn:sqs:cn-north-1:123456789012:Q_1",
        ] {
            try Configuration(onFailureDestination: arn).validate()
        }
    }

    static let malformed: [(arn: String, says: String)] = [
        ("arn:aws:sqs:foo", "of a queue, arn:partition:sqs:region:account:name"), ("arn:aws:sqs:::", "of a queue"),
        ("arn:aws:sqs:us-east-1:1:q", "of a queue"), ("arn:aws:sqs:us-east-1:12345678901a:q", "of a queue"),
        ("arn:aws:sqs:useast1:123456789012:q", "of a queue"), ("arn:aws:sqs:us-east-1:123456789012:", "of a queue"),
        ("arn:aws:sqs:us-east-1:123456789012:a/b", "of a queue"),
        ("arn:aws:sqs:us-east-1:123456789012:a:b", "of a queue"),
        ("arn:amazon:sqs:us-east-1:123456789012:q", "of a queue"), ("x:aws:sqs:us-east-1:123456789012:q", "of a queue"),
        ("arn:aws:sqs:us-east-1:123456789012:\(String(repeating: "q", count: 81))", "of a queue"),
        ("arn:aws:sns:us-east-1:123456789012:t:0f4e", "of a topic, arn:partition:sns:region:account:name"),
        ("arn:aws:sns:us-east-1::t", "of a topic"), ("arn:aws:s3:::", "of a bucket, arn:partition:s3:::name"),
        ("arn:aws:s3:::bucket/prefix", "of a bucket"), ("arn:aws:s3:us-east-1::bucket", "of a bucket"),
    ]

    @Test("a destination's ARN has the form of its service", arguments: malformed)
    func malformedDestination(_ arn: String, _ says: String) {
        let error = #expect(throws: AdmissionError.self) { try Configuration(onFailureDestination: arn).validate() }
        #expect(error?.code == .validation && error?.message.contains(says) == true, "\(String(describing: error))")
    }

    @Test(
        "a source that is not the ARN of a table's stream is refused",
        arguments: [
            "", "orders", "arn:stream", "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
            "arn:aws:dynamodb:us-east-1:1:table/orders/stream/2026-01-01T00:00:00.000",
            "arn:aws:dynamodb::123456789012:table/orders/stream/2026-01-01T00:00:00.000",
            "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/",
            "arn:aws:dynamodb:us-east-1:123456789012:table//stream/x",
            "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
        ]
    )
    func malformedSource(_ arn: String) {
        let error = #expect(throws: AdmissionError.self) { try Configuration(eventSourceARN: arn).validate() }
        #expect(error?.message.contains("is not the ARN of a DynamoDB stream") == true)
        #expect(error?.message.contains("it is the table's own") == arn.hasSuffix(":table/orders"))
    }

    @Test("the streams of other partitions and of DynamoDB Local are sources")
    func sources() throws {
        for arn in [
            "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
            "arn:aws:dynamodb:ddblocal:000000000000:table/orders.v2/stream/2026-01-01T00:00:00.000",
        ] {
            try Configuration(eventSourceARN: arn).validate()
        }
    }

    static let functionNames: [(name: String, isValid: Bool)] = [
        ("f", true), ("f:live", true), ("f:$LATEST", true), ("function:f:3", true), ("123456789012:function:f", true),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", true),
        ("arn:aws:lambda:us-east-1:123456789012:function:f:live", true), ("", false), ("my function", false),
        ("f:live:2", false), ("arn:aws:lambda:us-east-1:1:function:f", false), ("arn:aws:lambda:foo", false),
        ("arn:aws:lambda:us-east-1:123456789012:f", false), ("arn:aws:sqs:us-east-1:123456789012:f", false),
        ("f:", false),
    ]

    @Test("a function is a name or an ARN", arguments: functionNames)
    func functionName(_ name: String, _ isValid: Bool) {
        let isRefused = (try? Configuration(functionName: name).validate()) == nil
        #expect(isRefused != isValid)
    }

    @Test("the request of CreateEventSourceMapping is read, numbers and truth values in quotes too")
    func document() throws {
        let mapping = try Configuration(
            json: Array(
                #"""
                {"EventSourceArn":"\#(Configuration.exampleStream)","FunctionName":"f","StartingPosition":"LATEST","BatchSize":"10000",
                "MaximumBatchingWindowInSeconds":300,"ParallelizationFactor":10,"MaximumRetryAttempts":10000,
                "MaximumRecordAgeInSeconds":604800,"BisectBatchOnFunctionError":"true","Enabled":false,
                "FunctionResponseTypes":["ReportBatchItemFailures"],"TumblingWindowInSeconds":0,
                "FilterCriteria":{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"}]},"Tags":{"a":"b"},
                "DestinationConfig":{"OnSuccess":{},"OnFailure":{"Destination":"arn:aws:s3:::b"}},
                "MetricsConfig":{"Metrics":["EventCount"]},"KMSKeyArn":null}
                """#.utf8
            )
        )
        #expect(
            mapping
                == Configuration(
                    eventSourceARN: Configuration.exampleStream,
                    functionName: "f",
                    startingPosition: .latest,
                    batchSize: 10_000,
                    maximumBatchingWindowInSeconds: 300,
                    parallelizationFactor: 10,
                    maximumRetryAttempts: 10_000,
                    maximumRecordAgeInSeconds: 604_800,
                    bisectBatchOnFunctionError: true,
                    functionResponseTypes: [.reportBatchItemFailures],
                    filterPatterns: [#"{"eventName":["INSERT"]}"#],
                    onFailureDestination: "arn:aws:s3:::b",
                    isEnabled: false
                )
        )
    }

    @Test(
        "what cannot be read is refused with what to do",
        arguments: [
            "", "[]", "{", #"{"batchSize":1}"#, #"{"BatchSize":"many"}"#, #"{"BatchSize":1.5}"#, #"{"Enabled":"yes"}"#,
            #"{"FunctionResponseTypes":["Report"]}"#, #"{"FilterCriteria":[]}"#, #"{"StartingPosition":"FIRST"}"#,
        ]
    )
    func unreadable(_ json: String) {
        let error = #expect(throws: AdmissionError.self) { try Configuration(json: Array(json.utf8)) }
        #expect(error?.message.isEmpty == false)
    }

    static let misspelt: [(settings: String, message: String, detail: String?)] = [
        (
            #""batchSize":1"#, "Unknown parameter in input: \"batchSize\", must be one of: EventSourceArn,",
            "did you mean BatchSize?"
        ),
        (#""MaxRetryAttempts":1"#, "Unknown parameter in input: \"MaxRetryAttempts\"", nil),
        (
            #""FilterCriteria":{"FiltersToUse":[]}"#,
            "Unknown parameter in FilterCriteria: \"FiltersToUse\", must be one of: Filters", "did you mean Filters?"
        ),
        (
            #""FilterCriteria":{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"},{"pattern":"x"}]}"#,
            "Unknown parameter in FilterCriteria.Filters[1]: \"pattern\", must be one of: Pattern",
            "did you mean Pattern?"
        ),
        (
            #""DestinationConfig":{"onFailure":{}}"#,
            "Unknown parameter in DestinationConfig: \"onFailure\", must be one of: OnSuccess, OnFailure",
            "did you mean OnFailure?"
        ),
        (
            #""DestinationConfig":{"OnFailure":{"DestinationArn":"arn:aws:s3:::b"}}"#,
            "Unknown parameter in DestinationConfig.OnFailure: \"DestinationArn\", must be one of: Destination",
            "did you mean Destination?"
        ),
        (
            #""DestinationConfig":{"OnFailure":{"Type":"S3","Destination":"arn:aws:s3:::b"}}"#,
            "Unknown parameter in DestinationConfig.OnFailure: \"Type\"", nil
        ),
        (
            #""MetricsConfig":{"metrics":[]}"#, "Unknown parameter in MetricsConfig: \"metrics\"",
            "did you mean Metrics?"
        ),
        (#""FilterCriteria":{"Filters":[{}]}"#, "Invalid filter pattern definition.", "filter 1 has no Pattern"),
        (
            #""FilterCriteria":{"Filters":[{"Pattern":null}]}"#, "Invalid filter pattern definition.",
            "filter 1 has no Pattern"
        ),
    ]

    @Test("names are checked at every level, in the words of the AWS SDKs", arguments: misspelt.indices)
    func names(_ index: Int) {
        let (settings, message, detail) = Self.misspelt[index]
        let error = #expect(throws: AdmissionError.self) { try Configuration(json: Self.document(settings)) }
        #expect(error?.message.hasPrefix(message) == true, "\(String(describing: error))")
        #expect(error?.detail == detail)
    }

    @Test("the waits of retries add up, and the retries that outlast a time are the fewest")
    func pauses() {
        let backoff = MappingPolicies.Backoff(factor: 2)
        #expect(backoff.total(retries: 0) == .zero)
        #expect(backoff.total(retries: 5) == .milliseconds(6_200))
        #expect(backoff.total(retries: 10) == .milliseconds(111_000))
        #expect(backoff.total(retries: 10_000) > .seconds(86_400))
        for seconds in [0, 1, 32, 62, 902, 86_400] {
            let retries = backoff.retries(outlasting: .seconds(seconds)) ?? 0
            #expect(backoff.total(retries: retries) > .seconds(seconds))
            #expect(backoff.total(retries: retries - 1) <= .seconds(seconds))
        }
        #expect(MappingPolicies.Backoff(base: .zero, limit: .zero).retries(outlasting: .seconds(1)) == nil)
    }
}
