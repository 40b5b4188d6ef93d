// swift-tools-version: 6.2
// A function that uses this package beside AWS's SDK for Swift, for a service that this package has no client of.

import PackageDescription

let package = Package(
    name: "with-aws-sdk",
    platforms: [.macOS(.v15)],
    dependencies: [
        // In a package of yours: .package(url: "https://…/swift-lambda-streams.git", branch: "main").
        .package(name: "swift-lambda-streams", path: "../.."),
        .package(url: "https://github.com/awslabs/aws-sdk-swift.git", from: "1.0.0"),
    ],
    targets: [
        .executableTarget(
            name: "WithAWSSDK",
            dependencies: [
                .product(name: "LambdaStreams", package: "swift-lambda-streams"),
                .product(name: "AWSEventBridge", package: "aws-sdk-swift"),
            ]
        )
    ]
)
