// swift-tools-version: 6.2
// Stands for aws-sdk-swift where Examples/WithAWSSDK is compiled without fetching it: the same names, and no content.

import PackageDescription

let package = Package(
    name: "aws-sdk-swift",
    products: [.library(name: "AWSEventBridge", targets: ["AWSEventBridge"])],
    targets: [.target(name: "AWSEventBridge")]
)
