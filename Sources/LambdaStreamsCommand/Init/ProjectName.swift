// The name of a new package: of its folder, target, module and executable, so the rules of all of them apply.

enum ProjectName {
    /// Why a name cannot be used, with what can; nil for a name that can.
    static func problem(with name: String) -> String? {
        let isSpelledRight =
            name.utf8.count <= maximumLength && name.first?.isLetter == true
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
        guard isSpelledRight else {
            return """
                "\(name.printable)" cannot be the name of a Swift module. Use up to \(maximumLength) letters (a to z) and \
                digits, the first one a letter.
                """
        }
        // Module maps and build folders are looked up regardless of case on macOS.
        let lowercased = name.lowercased()
        guard !keywords.contains(name), !modules.contains(where: { $0.lowercased() == lowercased }) else {
            return "\(name) is a Swift keyword, or a module that the package depends on. Use another name."
        }
        return nil
    }

    private static let maximumLength = 40

    /// Keywords of declarations, statements and expressions; and `main`, which the compiler reserves for scripts.
    private static let keywords = words(
        """
        actor as associatedtype await break case catch class continue default defer deinit do else enum extension
        fallthrough false fileprivate for func guard if import in init inout internal is let main nil open operator
        precedencegroup private protocol public repeat rethrows return self Self static struct subscript super switch
        throw throws true try typealias var where while Any Type
        """
    )

    /// SwiftPM refuses two modules of one name in a build. Those of this package and its dependencies that a function,
    /// its tests or the command builds, and the toolchain's own.
    static let modules = words(
        """
        AWSServices CCurl CLambdaSystem CSpawn CZlib CurlTransport DynamoDBStreamEvents EventSourceMapping ExportReplay
        GzipDecoding HTTPTransfers Idempotency IdempotencyDynamoDB JSONScanning LambdaFunctions LambdaFunctionsJSON
        LambdaFunctionsMigration LambdaFunctionsStreaming LambdaStreams LambdaStreamsAWS LambdaStreamsCommand
        LambdaStreamsIdempotency LambdaStreamsTesting RecordReplay RuntimeAPIServer SeededNumbers SharedState
        StreamItemMacros StreamMetrics StreamProcessing archive

        ArgumentParser ArgumentParserToolInfo Atomics BasicContainers BitCollections Collections ContainersPreview
        CoreMetrics CSystem CYaml DequeModule HashTreeCollections HeapModule InMemoryLogging Instrumentation Logging
        Metrics Mustache NIO NIOConcurrencyHelpers NIOCore NIOEmbedded NIOFileSystem NIOFoundationCompat NIOHTTP1 NIOPosix
        NIOTLS NIOWebSocket OrderedCollections ServiceLifecycle SortedCollections SystemPackage Tracing Yams

        CxxStdlib Darwin Dispatch Distributed Foundation FoundationEssentials FoundationNetworking Glibc Musl Observation
        PackageDescription PackagePlugin Runtime Swift Synchronization Testing XCTest
        """
    )

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
