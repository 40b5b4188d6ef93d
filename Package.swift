// swift-tools-version: 6.2
import CompilerPluginSupport
import PackageDescription

// A target may import only what it lists here. `ARCHITECTURE.md` draws the floors; this file is the wall between them.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

// Behind traits: where one is off, nothing of its packages is fetched or built.
let macros = "Macros"
func syntax(_ product: String) -> Target.Dependency {
    .product(name: product, package: "swift-syntax", condition: .when(traits: [macros]))
}
let serviceLifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle",
    condition: .when(traits: ["ServiceLifecycle"])
)
func tracing(_ product: String) -> Target.Dependency {
    .product(name: product, package: "swift-distributed-tracing", condition: .when(traits: ["Tracing"]))
}

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }
let streamItemMacros: Target.Dependency = .target(name: "StreamItemMacros", condition: .when(traits: [macros]))

let package = Package(
    name: "swift-lambda-streams",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "LambdaStreams", targets: ["LambdaStreams"]),
        .library(name: "LambdaStreamsTesting", targets: ["LambdaStreamsTesting"]),
        .library(name: "LambdaFunctions", targets: ["LambdaFunctions"]),
        .library(name: "LambdaFunctionsJSON", targets: ["LambdaFunctionsJSON"]),
        .library(name: "LambdaFunctionsStreaming", targets: ["LambdaFunctionsStreaming"]),
        .library(name: "LambdaFunctionsMigration", targets: ["LambdaFunctionsMigration"]),
        .library(name: "DynamoDBStreamEvents", targets: ["DynamoDBStreamEvents"]),
        .library(name: "StreamMetrics", targets: ["StreamMetrics"]),
        .library(name: "LambdaStreamsAWS", targets: ["LambdaStreamsAWS"]),
        .library(name: "LambdaStreamsIdempotency", targets: ["LambdaStreamsIdempotency"]),
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
        // Floor 0
        .systemLibrary(
            name: "CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]
        ),
        .target(name: "CLambdaSystem"),
        .target(name: "JSONScanning", swiftSettings: strict),
        .target(name: "SharedState", swiftSettings: strict),

        // Floor 1
        .target(
            name: "CurlTransport",
            dependencies: ["CCurl", "CLambdaSystem", "SharedState"],
            swiftSettings: strict
        ),
        // Not within CurlTransport: what Swift keeps for the run time of types that nobody uses would be in every function.
        .target(name: "HTTPTransfers", dependencies: ["CCurl", "CurlTransport", "SharedState"], swiftSettings: strict),
        .target(
            name: "DynamoDBStreamEvents",
            dependencies: ["JSONScanning", streamItemMacros],
            swiftSettings: strict
        ),
        .macro(
            name: "StreamItemMacros",
            dependencies: [
                syntax("SwiftCompilerPlugin"), syntax("SwiftDiagnostics"), syntax("SwiftParser"), syntax("SwiftSyntax"),
                syntax("SwiftSyntaxBuilder"), syntax("SwiftSyntaxMacros"),
            ],
            swiftSettings: strict
        ),

        // Floor 2
        .target(
            name: "LambdaFunctions",
            dependencies: [
                "CLambdaSystem", "CurlTransport", "JSONScanning", "SharedState", logging, serviceLifecycle,
                tracing("Tracing"),
            ],
            swiftSettings: strict
        ),

        .target(
            name: "AWSServices",
            dependencies: ["HTTPTransfers", "DynamoDBStreamEvents", "JSONScanning", "SharedState"],
            swiftSettings: strict
        ),

        // Floor 3
        .target(
            name: "Idempotency",
            dependencies: ["DynamoDBStreamEvents", "JSONScanning", "SharedState", logging],
            swiftSettings: strict
        ),
        .target(name: "LambdaFunctionsJSON", dependencies: ["LambdaFunctions"], swiftSettings: strict),
        .target(
            name: "LambdaFunctionsStreaming",
            dependencies: ["LambdaFunctions", "CCurl", "CurlTransport", "JSONScanning", "SharedState"],
            swiftSettings: strict
        ),
        .target(
            name: "LambdaFunctionsMigration",
            dependencies: ["LambdaFunctions", "LambdaFunctionsJSON", "LambdaFunctionsStreaming", logging],
            swiftSettings: strict
        ),
        .target(
            name: "StreamProcessing",
            dependencies: [
                "LambdaFunctions", "DynamoDBStreamEvents", "JSONScanning", "SharedState", logging, tracing("Tracing"),
            ],
            swiftSettings: strict
        ),

        // Floor 4
        .target(
            name: "StreamMetrics",
            dependencies: ["StreamProcessing", "LambdaFunctions", "JSONScanning", "SharedState", metrics],
            swiftSettings: strict
        ),
        .target(
            name: "LambdaStreams",
            dependencies: ["LambdaFunctions", "DynamoDBStreamEvents", "StreamProcessing", logging],
            swiftSettings: strict
        ),
        .target(
            name: "IdempotencyDynamoDB",
            dependencies: [
                "Idempotency", "AWSServices", "DynamoDBStreamEvents", "JSONScanning", "SharedState", logging,
            ],
            swiftSettings: strict
        ),

        // Floor 5
        .target(
            name: "LambdaStreamsIdempotency",
            dependencies: [
                "LambdaStreams", "LambdaFunctions", "DynamoDBStreamEvents", "Idempotency", "StreamProcessing", logging,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "LambdaStreamsAWS",
            dependencies: ["LambdaStreams", "LambdaStreamsIdempotency", "AWSServices", "IdempotencyDynamoDB"],
            swiftSettings: strict
        ),

        // Floor 4, never deployed
        .target(
            name: "EventSourceMapping",
            dependencies: ["DynamoDBStreamEvents", "JSONScanning"],
            swiftSettings: strict
        ),
        .target(name: "CSpawn"),
        .target(
            name: "RuntimeAPIServer",
            dependencies: [
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), "CSpawn", "CLambdaSystem", "JSONScanning",
                "SharedState",
            ],
            swiftSettings: strict
        ),

        // Floor 6
        .executableTarget(
            name: "LambdaStreamsCommand",
            dependencies: [
                "EventSourceMapping", "RuntimeAPIServer", "AWSServices", "DynamoDBStreamEvents", "JSONScanning",
                "LambdaStreams", "LambdaStreamsTesting", "SharedState", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Mustache", package: "swift-mustache"),
                "Yams",
            ],
            // In the executable itself, which then is one file to copy.
            resources: [.embedInCode("Report/Page")],
            swiftSettings: strict
        ),

        // Floor 5, never deployed
        .target(
            name: "LambdaStreamsTesting",
            dependencies: ["LambdaStreams", "EventSourceMapping", "JSONScanning"],
            swiftSettings: strict
        ),

        .executableTarget(
            name: "OrderProjector",
            dependencies: ["LambdaStreams"],
            path: "Examples/OrderProjector",
            swiftSettings: strict
        ),

        .executableTarget(
            name: "IdempotentNotifier",
            dependencies: ["LambdaStreamsAWS"],
            path: "Examples/IdempotentNotifier",
            swiftSettings: strict
        ),

        .plugin(
            name: "archive",
            capability: .command(
                intent: .custom(verb: "archive", description: "Make the zip that is deployed to Lambda."),
                permissions: [.writeToPackageDirectory(reason: "to write the zip into build/")]
            )
        ),

        // Run by the tests under the emulator.
        .executableTarget(
            name: "CrashingFunction",
            dependencies: ["LambdaStreams"],
            path: "Tests/Functions/CrashingFunction",
            swiftSettings: strict
        ),
        // Run by `make interop` and `make races`.
        .executableTarget(
            name: "PowertoolsPartner",
            dependencies: ["AWSServices", "DynamoDBStreamEvents", "Idempotency", "IdempotencyDynamoDB", "SharedState"],
            path: "Tests/Functions/PowertoolsPartner",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "RaceContender",
            dependencies: ["AWSServices", "DynamoDBStreamEvents", "Idempotency", "IdempotencyDynamoDB", "SharedState"],
            path: "Tests/Functions/RaceContender",
            swiftSettings: strict
        ),

        .executableTarget(
            name: "ConformanceFunction",
            dependencies: ["LambdaFunctions", "LambdaFunctionsStreaming"],
            path: "Tests/Functions/ConformanceFunction",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "LifecycleFunction",
            dependencies: ["LambdaFunctions"],
            path: "Tests/Functions/LifecycleFunction",
            swiftSettings: strict
        ),
        // Run by the tests of the traits, with the settings of most packages. Without `ServiceLifecycle` it does nothing.
        .executableTarget(
            name: "ServiceFunction",
            dependencies: ["LambdaFunctions", serviceLifecycle, logging],
            path: "Tests/Functions/ServiceFunction"
        ),
        // With the settings of the package that it comes from.
        .executableTarget(
            name: "MigratedFunction",
            dependencies: ["LambdaFunctionsMigration"],
            path: "Tests/Functions/MigratedFunction"
        ),
        .executableTarget(
            name: "ItemReader",
            dependencies: ["LambdaStreamsAWS"],
            path: "Tests/Functions/ItemReader",
            swiftSettings: strict
        ),

        .target(name: "HTTPScripting", dependencies: ["SharedState"], path: "Tests/HTTPScripting"),
        .target(name: "TemporaryFiles", path: "Tests/TemporaryFiles"),
        .target(name: "Moto", dependencies: ["AWSServices", "HTTPTransfers"], path: "Tests/Moto"),
        .testTarget(
            name: "CurlTransportTests",
            dependencies: ["CurlTransport", "HTTPScripting"],
            swiftSettings: strict
        ),
        .testTarget(name: "JSONScanningTests", dependencies: ["JSONScanning"], swiftSettings: strict),
        .testTarget(
            name: "DynamoDBStreamEventsTests",
            dependencies: ["DynamoDBStreamEvents", "JSONScanning"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LambdaFunctionsTests",
            dependencies: [
                "LambdaFunctions", "LambdaFunctionsJSON", "LambdaFunctionsMigration", "LambdaFunctionsStreaming",
                "HTTPScripting",
                "RuntimeAPIServer", "SharedState", "TemporaryFiles",
                logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "StreamProcessingTests",
            dependencies: [
                "StreamProcessing", "StreamMetrics", "LambdaFunctions", "DynamoDBStreamEvents", "SharedState",
                "TemporaryFiles", logging, metrics,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HTTPTransfersTests",
            dependencies: ["HTTPTransfers", "HTTPScripting", "SharedState"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LambdaStreamsAWSTests",
            dependencies: ["LambdaStreamsAWS", "HTTPTransfers", "Moto"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AWSServicesTests",
            dependencies: [
                "AWSServices", "HTTPTransfers", "DynamoDBStreamEvents", "HTTPScripting", "Moto", "SharedState",
                "TemporaryFiles",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "IdempotencyTests",
            dependencies: [
                "Idempotency", "IdempotencyDynamoDB", "LambdaStreams", "LambdaStreamsIdempotency", "LambdaStreamsAWS",
                "AWSServices",
                "DynamoDBStreamEvents", "LambdaStreamsTesting", "StreamProcessing", "LambdaFunctions", "JSONScanning",
                "SharedState", "HTTPScripting", "Moto", logging,
            ],
            swiftSettings: strict
        ),
        // What the mapping was observed to do, as data, for the mapping's tests and the command's.
        .target(
            name: "MappingCases",
            dependencies: ["EventSourceMapping", "DynamoDBStreamEvents", "JSONScanning"],
            path: "Tests/MappingCases",
            resources: [.copy("Cases")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EventSourceMappingTests",
            dependencies: ["EventSourceMapping", "MappingCases", "DynamoDBStreamEvents", "JSONScanning"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "RuntimeAPIServerTests",
            dependencies: ["RuntimeAPIServer", "OrderProjector", "SharedState", "TemporaryFiles"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LambdaStreamsCommandTests",
            dependencies: [
                "LambdaStreamsCommand", "EventSourceMapping", "MappingCases", "Moto", "OrderProjector", "AWSServices",
                "LambdaStreams", "TemporaryFiles",
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "LambdaStreamsTests", dependencies: ["LambdaStreams"], swiftSettings: strict),
        .testTarget(
            name: "StreamItemTests",
            dependencies: [
                "DynamoDBStreamEvents", streamItemMacros, syntax("SwiftDiagnostics"), syntax("SwiftSyntaxBuilder"),
                syntax("SwiftSyntaxMacroExpansion"), syntax("SwiftSyntaxMacrosGenericTestSupport"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TraitTests",
            dependencies: [
                "LambdaFunctions", "StreamProcessing", "HTTPScripting", "ServiceFunction", "SharedState",
                serviceLifecycle,
                tracing("Tracing"), tracing("InMemoryTracing"), logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LambdaStreamsTestingTests",
            dependencies: ["LambdaStreamsTesting", "EventSourceMapping"],
            resources: [.copy("Fixtures")],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)

// The sanitizers and the traits' tests build the package anew, and need nothing of the command: without it, in half the time.
if Context.environment["WITHOUT_COMMAND"] != nil {
    let command = [
        "CSpawn", "RuntimeAPIServer", "LambdaStreamsCommand", "RuntimeAPIServerTests", "LambdaStreamsCommandTests",
        "LambdaFunctionsTests",
    ]
    package.targets.removeAll { command.contains($0.name) }
    package.products.removeAll { ["RuntimeAPIServer", "lambda-streams"].contains($0.name) }
}
