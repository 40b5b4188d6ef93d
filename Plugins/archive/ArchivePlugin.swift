// `swift package archive`: hands over to Scripts/archive.py of this checkout, for the package that the command runs in.

import Foundation
import PackagePlugin

@main
struct ArchivePlugin: CommandPlugin {
    func performCommand(context: PluginContext, arguments: [String]) throws {
        // The scripts travel with the plugin, wherever SwiftPM has checked it out.
        let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let archive = Process()
        archive.executableURL = URL(filePath: "/usr/bin/env")
        archive.arguments =
            ["python3", checkout.appending(path: "Scripts/archive.py").path(percentEncoded: false)]
            + ["--package-path", context.package.directoryURL.path(percentEncoded: false)] + arguments
        try archive.run()
        archive.waitUntilExit()
        guard archive.terminationStatus == 0 else { throw ArchiveFailed(status: archive.terminationStatus) }
    }
}

struct ArchiveFailed: Error, CustomStringConvertible {
    let status: Int32

    var description: String {
        status == 127
            ? "python3 was not found. Install it (apt-get install python3), then try again."
            : "no archive was made; the reason is above."
    }
}
