// swift-tools-version: 6.2
import CompilerPluginSupport
import PackageDescription

// Products, dependencies, then targets by layer. A target may import only what it lists here: a module depends only on
// modules in lower layers. `ARCHITECTURE.md` says what each one holds.

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }

// Behind traits: where one is off, nothing of its packages is fetched or built.
let serviceLifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle",
    condition: .when(traits: ["ServiceLifecycle"])
)
func tracing(_ product: String) -> Target.Dependency {
    .product(name: product, package: "swift-distributed-tracing", condition: .when(traits: ["Tracing"]))
}
let streamItemMacros: Target.Dependency = .target(name: "StreamItemMacros", condition: .when(traits: ["Macros"]))
func syntax(_ product: String) -> Target.Dependency {
    .product(name: product, package: "swift-syntax", condition: .when(traits: ["Macros"]))
}

// Programs that the tests and the `make` commands run.
func testProgram(
    _ name: String,
    _ dependencies: [Target.Dependency],
    swiftSettings: [SwiftSetting]? = nil
) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: "Tests/Functions/\(name)",
        swiftSettings: swiftSettings
    )
}
func example(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: "Examples/\(name)",
        exclude: ["README.md"]
    )
}
// What several test targets share.
func testSupport(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    resources: [Resource]? = nil
) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources)
}

let package = Package(
    name: "swift-lambda-streams",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "LambdaStreams", targets: ["LambdaStreams"]),
        .library(name: "LambdaStreamsAWS", targets: ["LambdaStreamsAWS"]),
        .library(name: "LambdaStreamsIdempotency", targets: ["LambdaStreamsIdempotency"]),
        .library(name: "StreamMetrics", targets: ["StreamMetrics"]),
        .library(name: "LambdaFunctions", targets: ["LambdaFunctions"]),
        .library(name: "LambdaFunctionsJSON", targets: ["LambdaFunctionsJSON"]),
        .library(name: "LambdaFunctionsStreaming", targets: ["LambdaFunctionsStreaming"]),
        .library(name: "LambdaFunctionsMigration", targets: ["LambdaFunctionsMigration"]),
        .library(name: "DynamoDBStreamEvents", targets: ["DynamoDBStreamEvents"]),
        // Never deployed.
        .library(name: "LambdaStreamsTesting", targets: ["LambdaStreamsTesting"]),
        .library(name: "RecordReplay", targets: ["RecordReplay"]),
        .library(name: "ExportReplay", targets: ["ExportReplay"]),
        .library(name: "EventSourceMapping", targets: ["EventSourceMapping"]),
        .library(name: "RuntimeAPIServer", targets: ["RuntimeAPIServer"]),
        .executable(name: "lambda-streams", targets: ["LambdaStreamsCommand"]),
        .plugin(name: "archive", targets: ["archive"]),
    ],
    traits: [
        .trait(
            name: "Macros",
            description: "@StreamItem, which writes ItemDecodable. Builds swift-syntax on the host."
        ),
        .trait(name: "ServiceLifecycle", description: "LambdaRuntime is a Service of swift-service-lifecycle."),
        .trait(name: "Tracing", description: "Spans of invocations and records, by swift-distributed-tracing."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.5.0"),
        // Each only where its trait is on.
        .package(url: "https://github.com/swiftlang/swift-syntax.git", "602.0.0"..<"604.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
        // Of the command and the tests alone; no deployed function links them.
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.80.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.0.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.0.0"),
    ],
    targets: [
        // Layer 0
        .systemLibrary(
            name: "CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]
        ),
        .target(name: "CLambdaSystem"),
        .target(name: "JSONScanning"),
        .target(name: "SharedState"),

        // Never deployed: layer 0
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]
        ),
        .target(name: "CSpawn"),
        .target(name: "SeededNumbers"),
        .macro(
            name: "StreamItemMacros",
            dependencies: [
                syntax("SwiftCompilerPlugin"), syntax("SwiftDiagnostics"), syntax("SwiftParser"), syntax("SwiftSyntax"),
                syntax("SwiftSyntaxBuilder"), syntax("SwiftSyntaxMacros"),
            ]
        ),

        // Layer 1
        .target(name: "CurlTransport", dependencies: ["CCurl", "CLambdaSystem", "SharedState"]),
        .target(name: "DynamoDBStreamEvents", dependencies: ["JSONScanning", streamItemMacros]),

        // Layer 2
        // Not in CurlTransport: the linker keeps the metadata of every type in a module, used or not, in every function.
        .target(name: "HTTPTransfers", dependencies: ["CCurl", "CurlTransport", "SharedState"]),
        .target(
            name: "LambdaFunctions",
            dependencies: [
                "CLambdaSystem", "CurlTransport", "JSONScanning", "SharedState", logging, serviceLifecycle,
                tracing("Tracing"),
            ]
        ),

        // Layer 3
        .target(
            name: "AWSServices",
            dependencies: ["HTTPTransfers", "DynamoDBStreamEvents", "JSONScanning", "SharedState"]
        ),
        .target(name: "Idempotency", dependencies: ["DynamoDBStreamEvents", "JSONScanning", "SharedState", logging]),
        .target(name: "LambdaFunctionsJSON", dependencies: ["LambdaFunctions"]),
        .target(
            name: "LambdaFunctionsStreaming",
            dependencies: ["LambdaFunctions", "CCurl", "CurlTransport", "JSONScanning", "SharedState"]
        ),
        .target(
            name: "StreamProcessing",
            dependencies: [
                "LambdaFunctions", "DynamoDBStreamEvents", "JSONScanning", "SharedState", logging, tracing("Tracing"),
            ]
        ),

        // Layer 4
        .target(
            name: "LambdaFunctionsMigration",
            dependencies: ["LambdaFunctions", "LambdaFunctionsJSON", "LambdaFunctionsStreaming", logging]
        ),
        .target(
            name: "StreamMetrics",
            dependencies: ["StreamProcessing", "LambdaFunctions", "JSONScanning", "SharedState", metrics]
        ),
        .target(
            name: "LambdaStreams",
            dependencies: ["LambdaFunctions", "DynamoDBStreamEvents", "StreamProcessing", logging]
        ),
        .target(
            name: "IdempotencyDynamoDB",
            dependencies: [
                "Idempotency", "AWSServices", "DynamoDBStreamEvents", "JSONScanning", "SharedState", logging,
            ]
        ),

        // Layer 5
        .target(
            name: "LambdaStreamsIdempotency",
            dependencies: [
                "LambdaStreams", "LambdaFunctions", "DynamoDBStreamEvents", "Idempotency", "StreamProcessing", logging,
            ]
        ),

        // Layer 6
        .target(
            name: "LambdaStreamsAWS",
            dependencies: [
                "LambdaStreams", "LambdaStreamsIdempotency", "LambdaFunctions", "DynamoDBStreamEvents", "AWSServices",
                "IdempotencyDynamoDB", "SharedState",
            ]
        ),

        // Never deployed: layer 4
        .target(
            name: "EventSourceMapping",
            dependencies: ["DynamoDBStreamEvents", "JSONScanning", "SeededNumbers"]
        ),
        .target(name: "GzipDecoding", dependencies: ["CZlib"]),
        .target(
            name: "RuntimeAPIServer",
            dependencies: [
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), "CSpawn", "CLambdaSystem", "JSONScanning",
                "SeededNumbers", "SharedState",
            ]
        ),

        // Never deployed: layer 5
        .target(
            name: "RecordReplay",
            dependencies: ["EventSourceMapping", "AWSServices", "DynamoDBStreamEvents", "JSONScanning", "SharedState"]
        ),
        .target(
            name: "LambdaStreamsTesting",
            dependencies: [
                "LambdaStreams", "DynamoDBStreamEvents", "EventSourceMapping", "JSONScanning", "SeededNumbers",
            ]
        ),

        // Never deployed: layer 6
        // Not in RecordReplay: a deployed function that replays failures would link zlib for it.
        .target(
            name: "ExportReplay",
            dependencies: [
                "RecordReplay", "GzipDecoding", "EventSourceMapping", "AWSServices", "DynamoDBStreamEvents",
                "JSONScanning",
            ]
        ),

        // Never deployed: layer 7
        .executableTarget(
            name: "LambdaStreamsCommand",
            dependencies: [
                "CLambdaSystem", "EventSourceMapping", "RecordReplay", "ExportReplay", "GzipDecoding",
                "RuntimeAPIServer", "AWSServices",
                "DynamoDBStreamEvents", "JSONScanning", "LambdaStreams", "LambdaStreamsTesting", "SeededNumbers",
                "SharedState", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Mustache", package: "swift-mustache"),
                "Yams",
            ],
            // In the executable itself, which then is one file to copy.
            resources: [.embedInCode("Report/Page"), .embedInCode("Init/Project")]
        ),
        .plugin(
            name: "archive",
            capability: .command(
                intent: .custom(verb: "archive", description: "Make the zip that is deployed to Lambda."),
                permissions: [.writeToPackageDirectory(reason: "to write the zip into build/")]
            )
        ),

        // Examples
        example("OrderProjector", ["LambdaStreams"]),
        example("IdempotentNotifier", ["LambdaStreamsAWS"]),
        example("KeyedFanOut", ["LambdaStreamsAWS"]),
        example("ProjectionWithBackfill", ["LambdaStreamsAWS"]),
        example("Redriver", ["LambdaStreamsAWS", "RecordReplay"]),
        example("RevenueByWindow", ["LambdaStreamsAWS"]),
        example("HelloJSON", ["LambdaFunctions", "LambdaFunctionsJSON", logging]),
        example("StreamingHello", ["LambdaFunctions", "LambdaFunctionsStreaming", logging]),
        .executableTarget(
            name: "UnitTesting",
            dependencies: ["LambdaStreams"],
            path: "Examples/UnitTesting/Sources"
        ),

        // Functions and programs that the tests run
        testProgram("CrashingFunction", ["LambdaStreams"]),
        testProgram("ConformanceFunction", ["LambdaFunctions", "LambdaFunctionsStreaming"]),
        testProgram("LifecycleFunction", ["LambdaFunctions"]),
        testProgram("ItemReader", ["LambdaStreamsAWS"]),
        testProgram("ProjectingFunction", ["LambdaStreamsAWS"]),
        testProgram(
            "PowertoolsPartner",
            ["AWSServices", "DynamoDBStreamEvents", "Idempotency", "IdempotencyDynamoDB", "SharedState"]
        ),
        testProgram(
            "RaceContender",
            ["AWSServices", "DynamoDBStreamEvents", "Idempotency", "IdempotencyDynamoDB", "SharedState"]
        ),
        // Both with the settings of most packages. Without `ServiceLifecycle` the first does nothing.
        testProgram("ServiceFunction", ["LambdaFunctions", serviceLifecycle, logging], swiftSettings: []),
        testProgram("MigratedFunction", ["LambdaFunctionsMigration"], swiftSettings: []),

        // Tests, in the order of what they test
        testSupport("HTTPScripting", ["SharedState"]),
        testSupport("TemporaryFiles"),
        testSupport("Moto", ["AWSServices", "HTTPScripting", "HTTPTransfers"]),
        testSupport(
            "MappingCases",
            ["EventSourceMapping", "DynamoDBStreamEvents", "JSONScanning"],
            resources: [.copy("Cases")]
        ),
        .testTarget(name: "JSONScanningTests", dependencies: ["JSONScanning", "SeededNumbers"]),
        .testTarget(name: "CurlTransportTests", dependencies: ["CurlTransport", "HTTPScripting"]),
        .testTarget(name: "HTTPTransfersTests", dependencies: ["HTTPTransfers", "HTTPScripting", "SharedState"]),
        .testTarget(name: "DynamoDBStreamEventsTests", dependencies: ["DynamoDBStreamEvents", "JSONScanning"]),
        .testTarget(
            name: "LambdaFunctionsTests",
            dependencies: [
                "LambdaFunctions", "LambdaFunctionsJSON", "LambdaFunctionsMigration", "LambdaFunctionsStreaming",
                "HTTPScripting", "RuntimeAPIServer", "SharedState", "TemporaryFiles", logging,
            ]
        ),
        .testTarget(
            name: "AWSServicesTests",
            dependencies: [
                "AWSServices", "HTTPTransfers", "DynamoDBStreamEvents", "HTTPScripting", "Moto", "SharedState",
                "TemporaryFiles",
            ]
        ),
        .testTarget(
            name: "StreamProcessingTests",
            dependencies: [
                "StreamProcessing", "StreamMetrics", "LambdaFunctions", "DynamoDBStreamEvents", "SeededNumbers",
                "SharedState", "TemporaryFiles", logging, metrics,
            ]
        ),
        .testTarget(
            name: "IdempotencyTests",
            dependencies: [
                "Idempotency", "IdempotencyDynamoDB", "LambdaStreams", "LambdaStreamsIdempotency", "LambdaStreamsAWS",
                "AWSServices", "DynamoDBStreamEvents", "LambdaStreamsTesting", "StreamProcessing", "LambdaFunctions",
                "JSONScanning", "SeededNumbers", "SharedState", "HTTPScripting", "Moto", logging,
            ]
        ),
        // The stages of a record in every combination, through the mapping's own state machine.
        .testTarget(
            name: "CompositionTests",
            dependencies: [
                "LambdaStreams", "LambdaStreamsIdempotency", "LambdaStreamsTesting", "EventSourceMapping",
                "Idempotency", "DynamoDBStreamEvents", "SeededNumbers", "SharedState", logging,
            ]
        ),
        .testTarget(name: "LambdaStreamsTests", dependencies: ["LambdaStreams"]),
        .testTarget(
            name: "LambdaStreamsAWSTests",
            dependencies: [
                "LambdaStreamsAWS", "HTTPTransfers", "HTTPScripting", "JSONScanning", "Moto", "RecordReplay",
                "SharedState", "TemporaryFiles",
            ]
        ),
        .testTarget(
            name: "EventSourceMappingTests",
            dependencies: [
                "EventSourceMapping", "MappingCases", "DynamoDBStreamEvents", "JSONScanning", "SeededNumbers",
            ]
        ),
        .testTarget(
            name: "RecordReplayTests",
            dependencies: [
                "RecordReplay", "EventSourceMapping", "AWSServices", "DynamoDBStreamEvents", "JSONScanning", "Moto",
                "HTTPScripting", "SharedState", "TemporaryFiles",
            ]
        ),
        .testTarget(name: "GzipDecodingTests", dependencies: ["GzipDecoding", "CZlib"]),
        .testTarget(
            name: "BackfillTests",
            dependencies: [
                "RecordReplay", "ExportReplay", "EventSourceMapping", "AWSServices", "DynamoDBStreamEvents",
                "JSONScanning", "LambdaStreams", "LambdaStreamsIdempotency", "Idempotency", "StreamProcessing",
                "LambdaFunctions", "LambdaStreamsTesting", "GzipDecoding", "CZlib", "Moto", "HTTPScripting",
                "SharedState", "TemporaryFiles",
            ]
        ),
        .testTarget(
            name: "LambdaStreamsTestingTests",
            dependencies: ["LambdaStreamsTesting", "EventSourceMapping"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "RuntimeAPIServerTests",
            dependencies: ["RuntimeAPIServer", "HTTPScripting", "OrderProjector", "SharedState", "TemporaryFiles"]
        ),
        .testTarget(
            name: "LambdaStreamsCommandTests",
            dependencies: [
                "LambdaStreamsCommand", "EventSourceMapping", "MappingCases", "Moto", "OrderProjector",
                "ProjectingFunction", "AWSServices", "DynamoDBStreamEvents", "HTTPScripting", "LambdaStreams",
                "RecordReplay", "SharedState", "TemporaryFiles",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .testTarget(
            name: "ExamplesTests",
            dependencies: [
                "HelloJSON", "IdempotentNotifier", "KeyedFanOut", "OrderProjector", "ProjectionWithBackfill",
                "Redriver", "RevenueByWindow", "StreamingHello", "LambdaStreamsAWS", "LambdaStreamsTesting",
                "RecordReplay", "RuntimeAPIServer", "HTTPScripting", "Moto", "SharedState",
            ]
        ),
        // The tests are the example.
        .testTarget(
            name: "UnitTestingTests",
            dependencies: ["UnitTesting", "LambdaStreamsTesting", "EventSourceMapping"],
            path: "Examples/UnitTesting/Tests",
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "StreamItemTests",
            dependencies: [
                "DynamoDBStreamEvents", streamItemMacros, syntax("SwiftDiagnostics"), syntax("SwiftSyntaxBuilder"),
                syntax("SwiftSyntaxMacroExpansion"), syntax("SwiftSyntaxMacrosGenericTestSupport"),
            ]
        ),
        .testTarget(
            name: "TraitTests",
            dependencies: [
                "LambdaFunctions", "StreamProcessing", "HTTPScripting", "ServiceFunction", "SharedState",
                serviceLifecycle, tracing("Tracing"), tracing("InMemoryTracing"), logging,
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Every target that does not set its own.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
for target in package.targets where target.type != .system && target.type != .plugin && target.swiftSettings == nil {
    target.swiftSettings = strict
}

// The sanitizers and the tests of the traits build the package again and do not need the command, nor most of the tests.
// WITHOUT_COMMAND=1 leaves the command out, and TEST_TARGETS=A,B every other test target; each halves the time of the
// build. They are documented in Limits.md.
if Context.environment["WITHOUT_COMMAND"] != nil {
    let command = [
        "CSpawn", "RuntimeAPIServer", "LambdaStreamsCommand", "RuntimeAPIServerTests", "LambdaStreamsCommandTests",
        "LambdaFunctionsTests", "ExamplesTests",
    ]
    package.targets.removeAll { command.contains($0.name) }
    package.products.removeAll { ["RuntimeAPIServer", "lambda-streams"].contains($0.name) }
}
if let names = Context.environment["TEST_TARGETS"]?.split(separator: ",").map(String.init) {
    package.targets.removeAll { $0.type == .test && !names.contains($0.name) }
}

// A library lists every module behind it. SwiftPM compiles a dependent anew only when a module that the library lists has
// changed. The file of an umbrella stays the same when a module that it exports changes, so that the dependent would keep
// calling the old layout, and crash.
@MainActor
func modulesBehind(_ names: [String]) -> [String] {
    var found = names
    var next = 0
    while next < found.count {
        let target = package.targets.first { $0.name == found[next] }
        for case .byNameItem(let name, _) in target?.dependencies ?? []
        where !found.contains(name) && package.targets.contains(where: { $0.name == name && $0.type == .regular }) {
            found.append(name)
        }
        next += 1
    }
    return found
}
package.products = package.products.map { product in
    guard let library = product as? Product.Library else { return product }
    return .library(name: library.name, targets: modulesBehind(library.targets))
}
