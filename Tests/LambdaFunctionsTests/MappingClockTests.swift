// The clock of a simulated mapping: honoured under the local Runtime API, refused on Lambda.

import Foundation
import TemporaryFiles
import Testing

@testable import LambdaFunctions

@Suite("The mapping's clock")
struct MappingClockTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let local = ["AWS_LAMBDA_LOG_STREAM_NAME": "local/[$LATEST]0", "LAMBDA_TASK_ROOT": "/home/me"]

    private func clock(_ variables: [String: String], file bytes: [UInt8]) throws -> MappingClockFile? {
        let path = folder.file("clock")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return MappingClockFile { name in name == "LAMBDA_STREAMS_CLOCK" ? path : variables[name] }
    }

    @Test("is as far ahead as the file says", arguments: [0, 1, 86_400_000, -5_000, Int64.max, Int64.min])
    func offset(_ milliseconds: Int64) throws {
        let bytes = withUnsafeBytes(of: milliseconds.littleEndian) { Array($0) }
        #expect(try clock(Self.local, file: bytes)?.offset == milliseconds)
    }

    @Test("follows the file while the function runs")
    func follows() throws {
        let path = folder.file("clock")
        try Data([1, 0, 0, 0, 0, 0, 0, 0]).write(to: URL(fileURLWithPath: path))
        let variables = Self.local.merging(["LAMBDA_STREAMS_CLOCK": path]) { $1 }
        let clock = try #require(MappingClockFile { variables[$0] })
        #expect(clock.offset == 1)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.write(contentsOf: Data([0, 2, 0, 0, 0, 0, 0, 0]))
        #expect(clock.offset == 512)
    }

    @Test(
        "is the wall clock on Lambda, and where nothing says otherwise",
        arguments: [
            [:], ["AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/29/[$LATEST]8f0a"],
            ["AWS_LAMBDA_LOG_STREAM_NAME": "local/[$LATEST]0", "LAMBDA_TASK_ROOT": "/var/task"],
        ]
    )
    func refused(_ variables: [String: String]) throws {
        #expect(try clock(variables, file: [1, 0, 0, 0, 0, 0, 0, 0]) == nil)
        #expect(LambdaClock.mappingOffset == .zero)
    }

    @Test("a file that is too short, or none, is no clock", arguments: [[], [1, 2, 3], nil] as [[UInt8]?])
    func broken(_ bytes: [UInt8]?) throws {
        guard let bytes else {
            let variables = Self.local.merging(["LAMBDA_STREAMS_CLOCK": "/nowhere/clock"]) { $1 }
            return #expect(MappingClockFile { variables[$0] } == nil)
        }
        #expect(try clock(Self.local, file: bytes) == nil)
    }
}
