// The architecture of an archive against the template's, and Lambda Managed Instances.

import Foundation
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("Archives in check")
struct ArchiveTests {
    /// The beginning of an ELF file, and enough behind it that compression pays.
    private static func elf(_ machine: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9) + [2, 0, machine, 0]
        bytes += (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        return bytes
    }

    private static func template(_ architecture: String, code: String) -> String {
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Orders: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: KEYS_ONLY}}}
          Failed: {Type: AWS::S3::Bucket}
          F:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: \(code)
              Timeout: 30
              Architectures: \(architecture)
              Events:
                E:
                  Type: DynamoDB
                  Properties:
                    Stream: !GetAtt Orders.StreamArn
                    StartingPosition: TRIM_HORIZON
                    FunctionResponseTypes: [ReportBatchItemFailures]
                    BisectBatchOnFunctionError: true
                    MaximumRetryAttempts: 10
                    DestinationConfig: {OnFailure: {Type: S3, Destination: !GetAtt Failed.Arn}}
        """
    }

    private static func codes(_ template: String) throws -> [String] {
        try TemplateCheck(Template(file: template)).advice().flatMap(\.advice).map(\.code)
    }

    @Test(
        "a bootstrap of another architecture is an error, in a folder and in archives of both kinds",
        arguments: ["folder", "stored.zip", "deflated.zip", "fixed.zip"]
    )
    func architectures(_ code: String) async throws {
        let folder = try TemporaryFolder()
        for (name, machine) in [("x86_64", UInt8(0x3E)), ("arm64", UInt8(0xB7))] {
            let path = folder.file("build-\(name)/folder")
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data(Self.elf(machine)).write(to: URL(fileURLWithPath: path + "/bootstrap"))
            let script = """
                import sys, zipfile, zlib
                folder = sys.argv[1]
                data = open(folder + "/folder/bootstrap", "rb").read()
                def pack(name, kind, data):
                    with zipfile.ZipFile(folder + "/" + name, "w", kind) as z:
                        z.writestr("license.txt", "x" * 5000)
                        z.writestr("bootstrap", data)
                pack("stored.zip", zipfile.ZIP_STORED, data)
                pack("deflated.zip", zipfile.ZIP_DEFLATED, data)
                pack("fixed.zip", zipfile.ZIP_DEFLATED, data[:24])
                """
            let run = try await CommandRun.run(
                URL(fileURLWithPath: "/usr/bin/env"),
                ["python3", "-c", script, folder.file("build-\(name)")]
            )
            #expect(run.status == 0, "\(run.errors)")
            let other = name == "arm64" ? "x86_64" : "arm64"
            for (declared, expected) in [(name, []), (other, ["wrong-architecture"])] {
                let file = try folder.write(
                    Self.template("[\(declared)]", code: "build-\(name)/\(code)"),
                    to: "\(name)-\(declared).yaml"
                )
                #expect(try Self.codes(file) == expected, "\(name) \(declared)")
            }
        }
    }

    @Test("what is not there, not an executable or not known is nothing to say of")
    func unknown() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("#!/bin/sh\necho a script of more than twenty bytes\n", to: "bootstrap")
        _ = try folder.write("PK\u{3}\u{4} not really", to: "broken.zip")
        for (code, architecture) in [
            ("none.zip", "[arm64]"), (".", "[arm64]"), ("broken.zip", "[arm64]"), ("s3://bucket/key", "[arm64]"),
            (".", "[!ImportValue architecture]"), ("/dev/zero", "[arm64]"),
        ] {
            let file = try folder.write(Self.template(architecture, code: code), to: "template.yaml")
            #expect(try Self.codes(file) == [], "\(code)")
        }
    }

    @Test("damaged archives end, and never trap")
    func damaged() throws {
        let folder = try TemporaryFolder()
        var archive: [UInt8] = []
        let content = Self.elf(0x3E)
        archive += [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 22) + [9, 0, 0, 0] + Array("bootstrap".utf8)
        archive += content.prefix(64)
        let directory = archive.count
        archive += [0x50, 0x4B, 1, 2] + [UInt8](repeating: 0, count: 24) + [9, 0] + [UInt8](repeating: 0, count: 16)
        archive += Array("bootstrap".utf8)
        archive +=
            [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 8) + [55, 0, 0, 0, UInt8(directory), 0, 0, 0, 0, 0]
        let path = folder.file("a.zip")
        try Data(archive).write(to: URL(fileURLWithPath: path))
        #expect(BootstrapArchitecture(of: path, besideTemplate: "t.yaml")?.name == "x86_64")
        for index in archive.indices {
            for value in [UInt8(0), 8, 0xFF] {
                var damaged = archive
                damaged[index] = value
                try Data(damaged).write(to: URL(fileURLWithPath: path))
                _ = BootstrapArchitecture(of: path, besideTemplate: "t.yaml")
            }
        }
    }
}
