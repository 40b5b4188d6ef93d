// Runs the command in a container of the official Swift image, for another architecture or on another system than Linux.

import Foundation
import PackagePlugin

struct Container {
    /// Debian, whose source package of curl becomes the static libcurl.
    static let defaultImage = "docker.io/library/swift:6.3.1-bookworm"
    private static let engines = ["docker", "podman", "container"]

    private let engine: String
    private let package: Package
    private let options: ArchiveOptions

    init(package: Package, options: ArchiveOptions) throws {
        guard let engine = Self.engines.first(where: { Command.path(of: $0) != nil }) else {
            throw ArchiveError(
                """
                an archive for another architecture or system is made in a container, and there is no docker, podman or \
                container on the PATH. Install one of them, or run this on a Linux machine of that architecture.
                """
            )
        }
        self.engine = engine
        self.package = package
        self.options = options
    }

    func archive(product: String, architecture: Architecture) throws {
        let root = package.directoryURL
        let scratch = (options.scratchPath.map { URL(filePath: $0) } ?? root.appending(path: ".build/archive"))
            .appending(path: "linux-\(architecture.rawValue)")
        let cache = options.staticCurlCache.map { URL(filePath: $0) } ?? scratch.appending(path: "static-curl")
        let output = options.output.map { URL(filePath: $0) } ?? root.appending(path: "build/\(product).zip")
        for folder in [scratch, cache, output.deletingLastPathComponent()] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        var arguments = ["--product", product, "--output", output.path, "--scratch-path", scratch.path]
        arguments += ["--static-curl-cache", cache.path]
        switch options.shape {
        case .staticIfPossible: break
        case .onlyStatic: arguments.append("--static")
        case .dynamic: arguments.append("--dynamic")
        }
        if let libcurl = options.libcurl { arguments += ["--libcurl", libcurl] }
        if options.withBacktrace { arguments.append("--with-backtrace") }
        if options.incremental { arguments.append("--incremental") }

        var command = [engine, "run", "--rm", "--workdir", root.path]
        command += platform(architecture)
        for folder in outermost([checkout, root, scratch, cache, output.deletingLastPathComponent()] + dependencies) {
            command += ["--volume", "\(folder):\(folder)"]
        }
        command += [options.image, "bash", "-c", Self.script]
        command += [checkout.path, root.path, scratch.path, output.deletingLastPathComponent().path] + arguments
        say("running in \(options.image) for \(architecture.rawValue), by \(engine)")
        guard try Command(command).show() == 0 else {
            throw ArchiveError(
                "the archive could not be made in the container; the reason is above. "
                    + "On macOS, SwiftPM's sandbox denies the container: add --disable-sandbox after `swift package`."
            )
        }
        // An engine that cannot run another architecture may run its own instead.
        let manifest = output.deletingPathExtension().appendingPathExtension("json")
        let made = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: manifest))["architecture"]
        guard made == architecture.rawValue else {
            throw ArchiveError(
                """
                \(output.path) is for \(made ?? "an unknown architecture"), not \(architecture.rawValue): \(engine) does not \
                run that architecture on this machine. Set up its emulation (docker run --privileged --rm \
                tonistiigi/binfmt --install all), or run this on such a machine.
                """
            )
        }
    }

    /// Installs what the image lacks, runs this command there, and gives what root has written to the package's owner.
    /// Everything that can be used again is below the scratch folder: packages of the system, of Swift, and builds.
    private static let script = """
        checkout=$0 package=$1 scratch=$2 output=$3
        shift 3
        trap 'chown -R --reference="$package" "$scratch" "$output"' EXIT
        # Root uses repositories there that belong to the package's owner.
        export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
        APT_ARCHIVES=$scratch/apt "$checkout/Scripts/setup.sh" archive &&
            swift package --package-path "$package" --scratch-path "$scratch/package" \
                --allow-writing-to-package-directory archive "$@"
        """

    private func platform(_ architecture: Architecture) -> [String] {
        let name = architecture == .x86_64 ? "amd64" : "arm64"
        switch engine {
        // Another option for the same, and more than its default of 1 GB of memory.
        case "container": return ["--arch", name, "--memory", "8g"]
        // SELinux, where podman is at home, would deny the mounted folders.
        case "podman": return ["--platform", "linux/\(name)", "--security-opt", "label=disable"]
        default: return ["--platform", "linux/\(name)"]
        }
    }

    /// Packages that this one depends on by path.
    private var dependencies: [URL] {
        var found: [URL] = []
        func visit(_ package: Package) {
            for dependency in package.dependencies.map(\.package) where !found.contains(dependency.directoryURL) {
                found.append(dependency.directoryURL)
                visit(dependency)
            }
        }
        visit(package)
        return found
    }

    /// Each folder is mounted at its own path; one within another is mounted with it.
    private func outermost(_ folders: [URL]) -> [String] {
        let paths = Set(folders.map(\.standardizedFileURL.path))
        return paths.filter { path in !paths.contains { $0 != path && path.hasPrefix($0 + "/") } }.sorted()
    }
}
