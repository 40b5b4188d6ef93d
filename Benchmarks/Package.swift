// swift-tools-version: 6.2
import PackageDescription

// A separate package, so that what only measurements need stays out of the library's dependencies, and what is
// measured depends on the library as any user's function does.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-lambda-streams", path: "..")],
    targets: [
        .executableTarget(
            name: "EventBenchmarks",
            dependencies: [.product(name: "DynamoDBStreamEvents", package: "swift-lambda-streams")]
        ),
        .executableTarget(
            name: "RawEcho",
            dependencies: [.product(name: "LambdaFunctions", package: "swift-lambda-streams")]
        ),
        .executableTarget(
            name: "MeasuredFunction",
            dependencies: [
                .product(name: "LambdaFunctions", package: "swift-lambda-streams"),
                .product(name: "LambdaFunctionsStreaming", package: "swift-lambda-streams"),
            ]
        ),
        .executableTarget(
            name: "KeyReader",
            dependencies: [
                .product(name: "LambdaFunctions", package: "swift-lambda-streams"),
                .product(name: "DynamoDBStreamEvents", package: "swift-lambda-streams"),
            ]
        ),
        .executableTarget(
            name: "RecordReader",
            dependencies: [.product(name: "LambdaStreams", package: "swift-lambda-streams")]
        ),
        .executableTarget(
            name: "ProcessorBenchmarks",
            dependencies: [
                .product(name: "LambdaStreams", package: "swift-lambda-streams"),
                .product(name: "LambdaStreamsTesting", package: "swift-lambda-streams"),
            ]
        ),
        .executableTarget(name: "DynamoDBEndpoint"),
        .executableTarget(
            name: "IdempotencyBenchmarks",
            dependencies: [
                .product(name: "LambdaStreamsAWS", package: "swift-lambda-streams"),
                .product(name: "LambdaStreamsTesting", package: "swift-lambda-streams"),
            ]
        ),
        .executableTarget(
            name: "TransferBenchmarks",
            dependencies: [.product(name: "LambdaStreamsAWS", package: "swift-lambda-streams")]
        ),
        .executableTarget(
            name: "MappingBenchmarks",
            dependencies: [
                .product(name: "EventSourceMapping", package: "swift-lambda-streams"),
                .product(name: "DynamoDBStreamEvents", package: "swift-lambda-streams"),
            ]
        ),
        .executableTarget(
            name: "ExportBenchmarks",
            dependencies: [
                .product(name: "ExportReplay", package: "swift-lambda-streams"),
                .product(name: "RecordReplay", package: "swift-lambda-streams"),
            ]
        ),
        .executableTarget(
            name: "AgreementCheck",
            dependencies: [.product(name: "DynamoDBStreamEvents", package: "swift-lambda-streams")]
        ),
    ],
    swiftLanguageModes: [.v6]
)
