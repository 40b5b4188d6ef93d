// The way from a product to its zip.

import Foundation
import PackagePlugin

struct Archive {
    /// Whatever depends on this target calls AWS and so needs TLS.
    private static let targetThatCallsAWS = "AWSServices"
    /// Makes the Swift runtime call the backtracer. The other presets print registers and the memory they point to.
    private static let backtraceVariable =
        "enable=yes,color=no,interactive=no,preset=friendly,swift-backtrace=\(ZipContents.taskRoot)/swift-backtrace"

    let product: ExecutableProduct
    let options: ArchiveOptions
    let output: URL
    private let package: URL
    private let scratch: URL
    private let cache: URL

    init(package: URL, product: ExecutableProduct, options: ArchiveOptions) {
        self.package = package
        self.product = product
        self.options = options
        output = options.output.map { URL(filePath: $0) } ?? package.appending(path: "build/\(product.name).zip")
        scratch = options.scratchPath.map { URL(filePath: $0) } ?? package.appending(path: ".build/archive")
        cache = options.staticCurlCache.map { URL(filePath: $0) } ?? package.appending(path: ".build/static-curl")
    }

    func make() throws {
        if options.shape != .dynamic {
            do {
                return try makeStatic()
            } catch let impossible as StaticImpossible where options.shape == .onlyStatic {
                throw ArchiveError("no static executable can be made: \(impossible.reason)")
            } catch let impossible as StaticImpossible {
                say("no static executable can be made: \(impossible.reason)")
                say("making a dynamic bundle instead")
            }
        }
        try makeDynamic()
    }

    private func makeStatic() throws {
        let flavour = options.libcurl ?? (callsAWS ? "openssl" : "plain")
        let build = ReleaseBuild(package: package, scratch: scratch, incremental: options.incremental)
        let executable = try build.staticExecutable(
            product: product.name,
            flavour: flavour,
            cache: cache,
            keepsSymbols: options.withBacktrace
        )
        var entries = try ZipContents.staticEntries(executable)
        if options.withBacktrace { entries += try ZipContents.backtracerEntries(scratch: scratch) }
        try ZipContents.write(entries, to: output, scratch: scratch)
        try summarize(
            shape: "static",
            description: "one file named bootstrap (\(megabytes(executable)) MB unpacked)",
            libcurl: "its own, \(flavour == "openssl" ? "with" : "without") TLS"
        )
        if options.withBacktrace { say("set the function's variable SWIFT_BACKTRACE to \(Self.backtraceVariable)") }
    }

    private func makeDynamic() throws {
        if options.withBacktrace {
            say("a dynamic bundle has no backtracer: --with-backtrace is for static executables")
        }
        let build = ReleaseBuild(package: package, scratch: scratch, incremental: options.incremental)
        let executable = try build.dynamicExecutable(product: product.name)
        let launcher = checkout.appending(path: "bootstrap")
        let entries = try ZipContents.dynamicEntries(executable, name: product.name, launcher: launcher)
        try ZipContents.write(entries, to: output, scratch: scratch)
        try summarize(
            shape: "dynamic",
            description: "launcher, executable, loader and shared libraries",
            libcurl: "the distribution's"
        )
        say("a dynamic bundle costs about 30 ms more than a static executable at each cold start")
    }

    private var callsAWS: Bool {
        let targets = [product.mainTarget] + product.mainTarget.recursiveTargetDependencies
        return targets.contains { $0.name == Self.targetThatCallsAWS }
    }

    /// Prints what was made, and writes the manifest beside the zip. What deploys the zip can check the architecture there.
    private func summarize(shape: String, description: String, libcurl: String) throws {
        let architecture = Architecture.host.rawValue
        let manifest = """
            {
              "product": "\(product.name)",
              "architecture": "\(architecture)",
              "shape": "\(shape)",
              "runtime": "provided.al2023"
            }

            """
        let path = output.deletingPathExtension().appendingPathExtension("json")
        try Data(manifest.utf8).write(to: path, options: .atomic)
        say("wrote \(output.path)")
        print("  size     \(megabytes(output)) MB")
        print("  shape    \(shape): \(description)")
        print("  libcurl  \(libcurl)")
        print("  deploy   Runtime provided.al2023, Handler \(product.name), Architectures [\(architecture)]")
    }

    private func megabytes(_ file: URL) -> String {
        let size = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
        return String(format: "%.2f", Double(size) / 1e6)
    }
}
