// `lambda-streams init`: what it writes, and what it refuses to write over. `make tutorial` builds what it writes.

import Foundation
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("lambda-streams init")
struct InitTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func files(_ name: String) throws -> [String: String] {
        let root = folder.url.appendingPathComponent(name).resolvingSymlinksInPath()
        let paths = try #require(
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey])
        )
        var files: [String: String] = [:]
        for case let path as URL in paths
        where try path.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true {
            files[String(path.resolvingSymlinksInPath().path.dropFirst(root.path.count + 1))] = try String(
                contentsOf: path,
                encoding: .utf8
            )
        }
        return files
    }

    @Test("writes a package without placeholders, whose template check has no advice for")
    func project() async throws {
        let run = try await CommandRun.lambdaStreams(["init", folder.file("Invoices")])
        #expect(run.status == 0, "\(run.errors)")
        let files = try files("Invoices")
        #expect(
            Set(files.keys) == [
                "Package.swift", "Sources/Invoices/Function.swift", "Tests/InvoicesTests/FunctionTests.swift",
                "Tests/InvoicesTests/Fixtures/orders.json", "template.yaml", "Makefile", "README.md", ".gitignore",
                ".github/workflows/ci.yml",
            ]
        )
        for (path, text) in files {
            #expect(!text.contains("{{{") && !text.contains("NAME") && !text.contains("TODO"), "\(path)")
            #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"), "\(path)")
        }
        // Built in this clone, so the package depends on it, and the command says so.
        let manifest = try #require(files["Package.swift"])
        #expect(manifest.contains(".package(name: \"swift-lambda-streams\", path: \"\(Products.package.path)\")"))
        #expect(run.errors.contains(Products.package.path))
        let template = folder.file("Invoices/template.yaml")
        let check = try await CommandRun.lambdaStreams(["check", template])
        #expect(check.status == 0)
        #expect(check.output.hasSuffix("No advice for 1 mapping.\n"))
    }

    @Test("writes commands that run, and a workflow that runs them", arguments: ["invoke", "simulate", "check"])
    func commands(_ target: String) async throws {
        _ = try await CommandRun.lambdaStreams(["init", folder.file("Invoices")])
        // A function that is built already, and a `swift` that runs the command which is built.
        let products = folder.url.appendingPathComponent("Invoices/.build/debug")
        try FileManager.default.createDirectory(at: products, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: products.appendingPathComponent("Invoices"),
            withDestinationURL: URL(fileURLWithPath: Products.executable("OrderProjector"))
        )
        let swift = try folder.write(
            """
            #!/bin/sh
            [ "$1" = build ] && exit
            shift 2
            exec "\(Products.executable("lambda-streams"))" "$@"
            """,
            to: "swift"
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: swift)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let run = try await CommandRun.run(
            URL(fileURLWithPath: "/usr/bin/env"),
            ["make", "--no-print-directory", "-C", folder.file("Invoices"), target, "RECORDS=10"],
            nil,
            ["PATH": "\(folder.path):\(path)"]
        )
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        #expect(!run.output.contains("errorMessage"))
        // The two records of the fixture lack what this function asks for, so it has received them.
        if target == "invoke" { #expect(run.output.contains(#"{"batchItemFailures":[{"itemIdentifier":"100"}]}"#)) }
        #expect(try #require(files("Invoices")[".github/workflows/ci.yml"]).contains("- run: make \(target)\n"))
    }

    @Test("depends on a repository's version or branch, and names its package as SwiftPM does")
    func dependency() async throws {
        let url = "https://example.com/team/Swift-Lambda-Streams.git"
        #expect(try await CommandRun.lambdaStreams(["init", folder.file("One"), "--url", url]).errors == "")
        let one = try #require(try files("One")["Package.swift"])
        #expect(one.contains(".package(url: \"\(url)\", from: \"\(CommandVersion.text)\")"))
        #expect(one.contains("package: \"swift-lambda-streams\""))
        _ = try await CommandRun.lambdaStreams(["init", folder.file("Two"), "--url", url, "--branch", "main"])
        #expect(try #require(try files("Two")["Package.swift"]).contains(".package(url: \"\(url)\", branch: \"main\")"))
        let local = Products.package.path
        _ = try await CommandRun.lambdaStreams(["init", folder.file("Three"), "--local", local])
        #expect(try #require(try files("Three")["Package.swift"]).contains("path: \"\(local)\""))
        let none = try await CommandRun.lambdaStreams(["init", folder.file("Four"), "--local", folder.path])
        #expect(none.status == 2 && none.errors.contains("does not contain swift-lambda-streams"))
    }

    @Test("writes text from the command line as a literal of Swift")
    func literal() {
        let dependency = ProjectDependency.folder(path: #"/a "b"\c"#)
        #expect(dependency.declaration == #".package(name: "swift-lambda-streams", path: "/a \"b\"\\c")"#)
    }

    @Test("writes into an empty folder and leaves any other as it is")
    func folders() async throws {
        try FileManager.default.createDirectory(atPath: folder.file("Empty"), withIntermediateDirectories: true)
        #expect(try await CommandRun.lambdaStreams(["init", folder.file("Empty")]).status == 0)
        let before = try files("Empty")
        let again = try await CommandRun.lambdaStreams(["init", folder.file("Empty")])
        #expect(again.status == 2 && again.output == "" && again.errors.contains("is not empty"))
        #expect(try files("Empty") == before)
        let file = try await CommandRun.lambdaStreams(["init", folder.write("mine", to: "File")])
        #expect(file.status == 2 && file.errors.contains("is a file"))
        #expect(try folder.read("File") == "mine")
    }

    @Test(
        "refuses names that no target can have",
        arguments: ["1st", "my-orders", "my_orders", "Bestellungen ü", "class", "main", "lambdastreams", "Testing", ""]
            + [String(repeating: "a", count: 41)]
    )
    func names(_ name: String) async throws {
        let run = try await CommandRun.lambdaStreams(["init", folder.path + "/./" + name])
        // Without a name, the path is the folder itself, whose name has hyphens.
        #expect(run.status == 64 && run.errors.contains("Use "), "\(run.errors)")
        #expect(try files("").isEmpty)
    }

    @Test("knows the names of this package's modules")
    func modules() throws {
        let sources = Products.package.appendingPathComponent("Sources").path
        #expect(ProjectName.modules.isSuperset(of: try FileManager.default.contentsOfDirectory(atPath: sources)))
    }
}
