// The command's options.

import Foundation
import PackagePlugin

struct ArchiveOptions {
    static let help = """
        Makes the zip that is deployed to Lambda of one executable of a Swift package.

        usage: swift package --allow-writing-to-package-directory archive [options]

          --product NAME           the executable; may be omitted if there is only one
          --output FILE            the zip to write (default: build/PRODUCT.zip in the package)
          --architecture NAME      x86_64 or arm64 (default: this machine's). For the other one, and on macOS, the
                                   command runs in a container, by docker, podman or Apple's container.
          --container              run in a container for this machine's architecture too
          --image IMAGE            the container's image (default: \(Container.defaultImage))
          --static                 a static executable or an error: no dynamic bundle instead
          --dynamic                a bundle with the loader and the shared libraries
          --libcurl plain|openssl  without or with TLS (default: with TLS if the executable calls AWS)
          --with-backtrace         add Swift's backtracer, symbols and line numbers: a crash logs its stack trace
          --incremental            build on top of the last build instead of from nothing
          --static-curl-cache DIR  where to keep the static libcurls (default: .build/static-curl)
          --scratch-path DIR       where to build (default: .build/archive)

        examples:
          swift package --allow-writing-to-package-directory archive --product OrderProjector
          swift package --allow-writing-to-package-directory archive --product OrderProjector --architecture arm64
          make archive FUNCTION=OrderProjector ARGUMENTS=--dynamic

        On macOS, SwiftPM's sandbox denies the container: add --disable-sandbox after `swift package`.
        """

    var product: String?
    var output: String?
    var architecture: Architecture?
    var inContainer = false
    var image = Container.defaultImage
    var shape: Shape = .staticIfPossible
    var libcurl: String?
    var withBacktrace = false
    var incremental = false
    var staticCurlCache: String?
    var scratchPath: String?
    var showsHelp = false

    enum Shape { case staticIfPossible, onlyStatic, dynamic }

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func value(of option: String) throws -> String {
            guard let value = rest.popFirst(), !value.hasPrefix("--") else {
                throw ArchiveError("\(option) needs a value. Try --help.")
            }
            return value
        }
        while let option = rest.popFirst() {
            switch option {
            case "--product": product = try value(of: option)
            case "--output": output = try value(of: option)
            case "--architecture": architecture = try Architecture(named: try value(of: option))
            case "--container": inContainer = true
            case "--image": image = try value(of: option)
            case "--static" where shape != .dynamic: shape = .onlyStatic
            case "--dynamic" where shape != .onlyStatic: shape = .dynamic
            case "--static", "--dynamic": throw ArchiveError("--static and --dynamic exclude each other.")
            case "--libcurl":
                let flavour = try value(of: option)
                guard ["plain", "openssl"].contains(flavour) else {
                    throw ArchiveError("--libcurl is plain or openssl, not '\(flavour)'.")
                }
                libcurl = flavour
            case "--with-backtrace": withBacktrace = true
            case "--incremental": incremental = true
            case "--static-curl-cache": staticCurlCache = try value(of: option)
            case "--scratch-path": scratchPath = try value(of: option)
            case "-h", "--help": showsHelp = true
            default: throw ArchiveError("unknown option '\(option)'. Try --help.")
            }
        }
    }

    /// The architecture to build for in a container: one that this machine cannot build for, or any on request.
    var architectureInContainer: Architecture? {
        let wanted = architecture ?? .host
        #if os(Linux)
        return inContainer || wanted != .host ? wanted : nil
        #else
        return wanted
        #endif
    }
}

/// A processor architecture by the name that Lambda gives it.
enum Architecture: String {
    case x86_64, arm64

    init(named name: String) throws {
        switch name {
        case "x86_64", "amd64": self = .x86_64
        case "arm64", "aarch64": self = .arm64
        default: throw ArchiveError("--architecture is x86_64 or arm64, not '\(name)'.")
        }
    }

    #if arch(arm64)
    static let host = Architecture.arm64
    #else
    static let host = Architecture.x86_64
    #endif
}
