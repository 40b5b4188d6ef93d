// Headless Chromium, to see pages as a reader's browser does.

import Foundation
import TemporaryFiles
import Testing

struct Chromium {
    /// The page once its script has run, as HTML.
    let page: String
    /// What it wrote to the console.
    let console: [String]

    static let executable = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    static func open(_ file: String, options: [String] = []) async throws -> Chromium {
        let run = try await run(file, ["--dump-dom"] + options)
        return Chromium(
            page: run.output,
            console: run.errors.split(separator: "\n").map(String.init).filter { $0.contains("CONSOLE") }
        )
    }

    static func screenshot(_ file: String, to image: String, size: String, options: [String] = []) async throws {
        _ = try await run(file, ["--screenshot=\(image)", "--window-size=\(size)", "--hide-scrollbars"] + options)
    }

    private static func run(_ file: String, _ options: [String]) async throws -> CommandRun {
        let executable = try #require(executable, "there is no Chromium; run `make setup`")
        let profile = try TemporaryFolder()
        return try await CommandRun.run(
            URL(fileURLWithPath: executable),
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--user-data-dir=\(profile.url.path)", "--enable-logging=stderr", "--virtual-time-budget=10000",
            ] + options + ["file://\(file)"]
        )
    }
}
