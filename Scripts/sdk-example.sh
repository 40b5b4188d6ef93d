#!/usr/bin/env bash
# Compiles Examples/WithAWSSDK as it is printed, with Tests/AWSSDKStub instead of AWS's SDK.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly copy=.build/with-aws-sdk

mkdir -p "$copy/aws-sdk-swift"
cp -r Tests/AWSSDKStub/. "$copy/aws-sdk-swift"
cp -r Examples/WithAWSSDK/Sources "$copy"
sed -e 's|\.package(url: "https://github.com/awslabs/aws-sdk-swift.git", from: "1.0.0")|.package(path: "aws-sdk-swift")|' \
    Examples/WithAWSSDK/Package.swift >"$copy/Package.swift"
grep -q 'path: "aws-sdk-swift"' "$copy/Package.swift" || {
    echo "sdk-example: the manifest of Examples/WithAWSSDK no longer names the SDK as this script expects" >&2
    exit 1
}
swift build --package-path "$copy" -Xswiftc -warnings-as-errors
echo "sdk-example: Examples/WithAWSSDK compiles"
