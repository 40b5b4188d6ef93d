// What a terminal sees that a pipe does not: progress and colours, and nothing else.

import Foundation
import Testing

@Suite("On a terminal and in a pipe")
struct TerminalTests {
    private static let escape = "\u{1B}["

    @Test("invoke shows its progress on a terminal while the answers go into a file, and is quiet in a pipe")
    func invoke() async throws {
        let arguments = [
            "invoke", "--event", "-", "--repeat", "4", "--no-log", "--", Products.obedientFunction,
        ]
        let event = #"{"sleep":0.15,"answer":1}"#
        let terminal = try PseudoTerminal()
        let run = try await RunningCommand.lambdaStreams(arguments, input: event, standardError: terminal.end).end()
        let shown = terminal.text()
        #expect(run.output == "1\n1\n1\n1\n")
        #expect(shown.contains(" of 4"))
        // The line is gone before the sentence comes.
        #expect(shown.contains("\r\(Self.escape)Klambda-streams: 4 invocations in "), "\(shown)")
        let piped = try await CommandRun.lambdaStreams(arguments, input: event)
        #expect(piped.output == run.output)
        #expect(piped.errors.hasPrefix("lambda-streams: 4 invocations in ") && !piped.errors.contains("\r"))
    }

    @Test("invoke shows no progress between the lines of a log or of answers")
    func noProgress() async throws {
        let event = #"{"sleep":0.15,"answer":1}"#
        let arguments = ["invoke", "--event", "-", "--repeat", "3", "--", Products.obedientFunction]
        let log = try PseudoTerminal()
        _ = try await RunningCommand.lambdaStreams(arguments, input: event, standardError: log.end).end()
        let logged = log.text()
        #expect(logged.contains("REPORT") && !logged.contains(" of 3"))
        let both = try PseudoTerminal()
        _ = try await RunningCommand.lambdaStreams(
            ["invoke", "--no-log"] + arguments.dropFirst(),
            input: event,
            standardOutput: both.end,
            standardError: both.end
        ).end()
        #expect(!both.text().contains(" of 3"))
    }

    @Test("simulate draws its timeline in colour on a terminal, plain where that is asked for, and not in a pipe")
    func simulate() async throws {
        let arguments = [
            "simulate", "--generate", "30", "--batch-size", "1", "--", Products.executable("OrderProjector"),
        ]
        let terminal = try PseudoTerminal()
        _ = try await RunningCommand.lambdaStreams(
            arguments,
            environment: ["TERM": "xterm", "NO_COLOR": ""],
            standardOutput: terminal.end
        ).end()
        let shown = terminal.text()
        #expect(shown.contains("\(Self.escape)32m✓ ") && shown.contains("Every record was handled."))
        let plain = try PseudoTerminal()
        _ = try await RunningCommand.lambdaStreams(
            arguments,
            environment: ["TERM": "xterm", "NO_COLOR": "1"],
            standardOutput: plain.end
        ).end()
        let text = plain.text()
        #expect(text.contains("✓ 1 handled") && !text.contains("\(Self.escape)3"))
        let piped = try await CommandRun.lambdaStreams(arguments)
        #expect(piped.output == "Every record was handled.\n30 records: 30 handled, in 30 invocations.\n")
        #expect(piped.errors == "")
    }

    @Test("simulate into a file shows on the terminal how far it is")
    func simulateIntoFile() async throws {
        let terminal = try PseudoTerminal()
        let run = try await RunningCommand.lambdaStreams(
            [
                "simulate", "--generate", "20", "--batch-size", "1", "--env", "FUNCTION_INIT=slow 0.02", "--output",
                "json", "--", Products.obedientFunction,
            ],
            standardError: terminal.end
        ).end()
        let shown = terminal.text()
        #expect(shown.contains(" invocation") && shown.hasSuffix("\r\(Self.escape)K"), "\(shown)")
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(run.output.utf8)) }
    }

    @Test("check has colours on a terminal only, and its JSON has none")
    func check() async throws {
        let template = Products.package.appendingPathComponent("template.yaml").path
        let arguments = ["check", template, "--function", "OrderProjector"]
        let terminal = try PseudoTerminal()
        let environment = ["TERM": "xterm", "NO_COLOR": ""]
        _ = try await RunningCommand.lambdaStreams(
            arguments,
            environment: environment,
            standardOutput: terminal.end
        ).end()
        #expect(terminal.text().contains("\(Self.escape)1mOrderProjector."))
        #expect(try await !CommandRun.lambdaStreams(arguments).output.contains(Self.escape))
        let json = try PseudoTerminal()
        _ = try await RunningCommand.lambdaStreams(
            arguments + ["--output", "json"],
            environment: environment,
            standardOutput: json.end
        ).end()
        let mappings = try JSONSerialization.jsonObject(with: Data(json.text().utf8)) as? [[String: Any]]
        #expect(mappings?.first?["advice"] is [Any])
    }
}

/// A terminal that nobody looks at.
private struct PseudoTerminal {
    /// What a program writes to.
    let end: FileHandle
    private let screen: FileHandle

    init() throws {
        let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        screen = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // What unlockpt and ptsname do, which are not to be had here: TIOCSPTLCK and TIOCGPTN.
        var (isLocked, number): (Int32, Int32) = (0, 0)
        try #require(ioctl(descriptor, 0x4004_5431, &isLocked) == 0 && ioctl(descriptor, 0x8004_5430, &number) == 0)
        end = FileHandle(
            fileDescriptor: open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC),
            closeOnDealloc: true
        )
    }

    /// What was written, with newlines as a program writes them. To be called once, when no program is left.
    func text() -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        _ = fcntl(screen.fileDescriptor, F_SETFL, O_NONBLOCK)
        while case let count = read(screen.fileDescriptor, &buffer, buffer.count), count > 0 {
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
    }
}
