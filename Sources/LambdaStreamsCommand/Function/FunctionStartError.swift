// The reasons why a function is not running, and what to do about them.

import Foundation
import RuntimeAPIServer

enum FunctionStartError: UserFacingError {
    case missing(executable: String)
    case notExecutable(executable: String, reason: String)
    /// The system cannot run the file.
    case notStarted(executable: String)
    /// The process ended before it asked for an event.
    case ended(executable: String, FunctionExit, isLogShown: Bool)
    /// The process timed out before it asked for an event.
    case neverAsked(executable: String, timeout: Duration)
    /// The function reported that its init failed.
    case failedInit(executable: String, reason: String)
    case cannotListen(reason: String)

    init(_ error: RuntimeAPIServer.StartError, executable: String) {
        switch error {
        case .notExecutable(let path, let reason):
            let isThere = FileManager.default.fileExists(atPath: path)
            self = isThere ? .notExecutable(executable: executable, reason: reason) : .missing(executable: executable)
        case .cannotListen: self = .cannotListen(reason: "\(error)")
        }
    }

    var description: String {
        switch self {
        case .missing(let executable):
            // A product of the current package, or anything else.
            executable.contains(".build/")
                ? "there is no \(executable): is it built? swift build --product \(Self.product(executable))"
                : executable.contains("/")
                    ? "there is no \(executable): give the path of the function's executable."
                    : "there is no \(executable) along PATH or in this folder: give the path of the function's executable."
        case .notExecutable(let executable, let reason):
            "\(executable) cannot be run: \(reason). Is it the function's executable? Then: chmod +x \(executable)"
        case .notStarted(let executable):
            "\(executable) cannot be started: a function is a program built for this machine, or a script whose first "
                + "line begins with #! and names its interpreter."
        case .ended(let executable, let exit, let isLogShown):
            "\(executable) ended before it asked for an event: \(exit.status)." + Self.lastWords(exit, isLogShown)
        case .neverAsked(let executable, let timeout):
            "\(executable) did not ask for an event within the timeout of \(DurationText(timeout).defaultValueDescription). "
                + "Lambda limits the init phase to 10 seconds and then repeats it within the first invocation. A function "
                + "asks for events in LambdaRuntime(…).run(); what takes longer belongs in the first invocation."
        case .failedInit(let executable, let reason): "\(executable) reported that its init failed: \(reason)"
        case .cannotListen(let reason): "\(reason). Is another at it? Port 0 takes a free one."
        }
    }

    private static func product(_ executable: String) -> String {
        executable.split(separator: "/").last.map(String.init) ?? executable
    }

    private static func lastWords(_ exit: FunctionExit, _ isLogShown: Bool) -> String {
        if exit.lastLogLines.isEmpty {
            return exit.status == .exited(code: 0)
                ? " A function asks for events in LambdaRuntime(…).run(); is this one?" : " It logged nothing."
        }
        if isLogShown { return "" }
        return " Its last lines:\n  " + exit.lastLogLines.map(\.printable).joined(separator: "\n  ")
    }
}

extension InvocationOutcome {
    /// Whether the function timed out before it asked for an event. Lambda repeats an init that timed out
    /// within the invocation.
    var neverAskedForEvent: Bool { error?.cause == .timedOut && report.duration == .zero }
}

extension FunctionError {
    var isInitializationTimeout: Bool { cause == .initialization && type == "Sandbox.Timedout" }
}
