// Finding the function's executable, as a shell finds a command.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

enum ExecutablePath {
    /// The path of an executable: `executable` itself if it contains a slash, otherwise the first file of that name on
    /// the search path that can be run, or one in the working directory.
    ///
    /// - Parameters:
    ///   - workingDirectory: of the process; this process's when nil.
    ///   - searchPath: folders with colons between them; this process's `PATH` when nil.
    static func find(
        _ executable: String,
        in workingDirectory: String?,
        along searchPath: String? = nil
    ) throws(RuntimeAPIServer.StartError) -> String {
        if !executable.contains("/"), !executable.isEmpty {
            let folders = searchPath ?? getenv("PATH").map { String(cString: $0) } ?? ""
            for folder in folders.split(separator: ":") {
                let path = absolute("\(folder)/\(executable)")
                if failure(path) == nil { return path }
            }
        }
        let isRelative = !executable.hasPrefix("/")
        // The process starts in its working directory: relative to it, its path is what was given.
        let seenFromHere = isRelative ? (workingDirectory.map { $0 + "/" } ?? "") + executable : executable
        if let failure = failure(seenFromHere) {
            throw .notExecutable(path: seenFromHere, reason: systemError(failure))
        }
        return executable.contains("/") ? executable : "./" + executable
    }

    /// Why a file cannot be run, as an error number; nil when it can.
    private static func failure(_ path: String) -> Int32? {
        guard access(path, X_OK) == 0 else { return errno }
        var information = stat()
        guard stat(path, &information) == 0 else { return errno }
        return information.st_mode & S_IFMT == S_IFDIR ? EISDIR : nil
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}

extension RuntimeAPIServer {
    /// The path of the executable that a server would run under this name; nil when there is none.
    package static func path(ofExecutable executable: String) -> String? {
        try? ExecutablePath.find(executable, in: nil)
    }
}
