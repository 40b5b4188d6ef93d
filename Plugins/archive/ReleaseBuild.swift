// `swift build` with the flags of what is deployed.

import Foundation

struct ReleaseBuild {
    let package: URL
    let scratch: URL
    let incremental: Bool

    func staticExecutable(product: String, flavour: String, cache: URL, keepsSymbols: Bool) throws -> URL {
        guard try hasStaticStandardLibrary() else {
            throw StaticImpossible(reason: "this Swift toolchain has no static standard library")
        }
        let folder = scratch.appending(path: "static-\(flavour)")
        var flags = ["--static-swift-stdlib", "-Xswiftc", "-static-executable"]
        // A section for each function, and none kept only for being public: the linker drops what nothing refers to.
        flags += ["-Xswiftc", "-Xfrontend", "-Xswiftc", "-function-sections"]
        flags += ["-Xswiftc", "-Xfrontend", "-Xswiftc", "-internalize-at-link"]
        // lld comes with every toolchain; gold, Swift's default on some, is no longer in newer distributions.
        flags += ["-Xswiftc", "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "-O2"]
        // A backtrace names functions by the symbol table, and lines by what debug information is kept for them.
        flags += keepsSymbols ? ["-Xswiftc", "-gline-tables-only"] : ["-Xlinker", "-s"]
        // What runs before Swift starts, and why: static-start.c, and StaticExecutable.c of CLambdaSystem.
        flags += ["-Xcc", "-DSTATIC_EXECUTABLE"]
        flags += ["-Xlinker", "--wrap=__register_frame_info", "-Xlinker", "--wrap=__deregister_frame_info"]
        flags += ["-Xlinker", "--eh-frame-hdr", "-Xlinker", try startObject(in: folder).path]
        let libcurl = try staticLibcurl(flavour, cache: cache)
        let executable = try build(product, in: folder, flags: flags, environment: ["PKG_CONFIG_PATH": libcurl])
        guard try ELFFile(executable).loader == nil else {
            throw StaticImpossible(reason: "the linker made a dynamic executable")
        }
        return executable
    }

    func dynamicExecutable(product: String) throws -> URL {
        var flags = ["-Xlinker", "--gc-sections", "-Xlinker", "-s"]
        if try hasStaticStandardLibrary() { flags.append("--static-swift-stdlib") }
        do {
            return try build(product, in: scratch.appending(path: "dynamic"), flags: flags, environment: [:])
        } catch let impossible as StaticImpossible {
            throw ArchiveError("the executable could not be linked: \(impossible.reason)")
        }
    }

    private func hasStaticStandardLibrary() throws -> Bool {
        struct TargetInfo: Decodable {
            struct Paths: Decodable { let runtimeLibraryPaths: [String] }
            let paths: Paths
        }
        let info = try Command(["swift", "-print-target-info", "-static-stdlib"]).output()
        // `runtimeResourcePath` ends in …/swift_static in either case; what counts is the library itself.
        let paths = try JSONDecoder().decode(TargetInfo.self, from: Data(info.utf8)).paths.runtimeLibraryPaths
        return paths.contains { FileManager.default.fileExists(atPath: $0 + "/libswiftCore.a") }
    }

    private func startObject(in folder: URL) throws -> URL {
        guard let compiler = Command.path(of: "clang") ?? Command.path(of: "cc") else {
            throw StaticImpossible(reason: "there is no C compiler. Install clang or gcc")
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let object = folder.appending(path: "static-start.o")
        _ = try Command([compiler, "-O2", "-c", script("static-start.c"), "-o", object.path]).output()
        return object
    }

    private func staticLibcurl(_ flavour: String, cache: URL) throws -> String {
        let command = Command([script("static-curl.sh"), flavour, "--cache", cache.path])
        let result = try command.run(showingErrors: true)
        guard result.status == 0 else {
            throw StaticImpossible(reason: "a static libcurl could not be built (see above)")
        }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func build(
        _ product: String,
        in folder: URL,
        flags: [String],
        environment: [String: String]
    ) throws -> URL {
        say("building \(product) (\(folder.lastPathComponent))")
        // SwiftPM does not rebuild a target if a module that its dependency re-exports has changed. What is deployed must
        // not be half of yesterday, unless that was asked for.
        if !incremental {
            let folders = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for triple in folders {
                try? FileManager.default.removeItem(at: folder.appending(path: "\(triple)/release"))
            }
        }
        var arguments = ["swift", "build", "--package-path", package.path, "--scratch-path", folder.path]
        arguments += ["--configuration", "release"]
        // Folder names reach a binary through #filePath and assertions. Mapped, two clones build the same bytes.
        for (path, name) in [(folder.path, "scratch"), (package.path, "package")] {
            arguments += ["-Xswiftc", "-file-prefix-map", "-Xswiftc", "\(path)=\(name)"]
            arguments += ["-Xcc", "-ffile-prefix-map=\(path)=\(name)"]
        }
        arguments += flags + ["-Xlinker", "--build-id=none"]
        let result = try Command(arguments + ["--product", product], environment: environment).run()
        guard result.status == 0 else {
            print(result.output)
            if result.output.contains("link command failed") || result.output.contains("undefined symbol") {
                throw StaticImpossible(reason: "it could not be linked (see above)")
            }
            throw ArchiveError("\(product) does not build; the compiler's messages are above.")
        }
        let binaries = try Command(arguments + ["--show-bin-path"], environment: environment).output()
        let executable = URL(filePath: binaries.trimmingCharacters(in: .whitespacesAndNewlines))
            .appending(path: product)
        // A hash of each module's compiler arguments, folder names among them; only incremental builds read it.
        try ELFFile.blankSection(".swift_modhash", of: executable)
        return executable
    }
}
