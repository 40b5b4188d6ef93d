// `swift package archive`: makes the zip that is deployed to Lambda of one executable of the package.

import Foundation
import PackagePlugin

@main
struct ArchivePlugin: CommandPlugin {
    func performCommand(context: PluginContext, arguments: [String]) throws {
        let options = try ArchiveOptions(arguments)
        if options.showsHelp { return print(ArchiveOptions.help) }
        let product = try executable(of: context.package, named: options.product)
        if let architecture = options.architectureInContainer {
            let container = try Container(package: context.package, options: options)
            return try container.archive(product: product.name, architecture: architecture)
        }
        try Archive(package: context.package.directoryURL, product: product, options: options).make()
    }

    private func executable(of package: Package, named wanted: String?) throws -> ExecutableProduct {
        let executables = package.products(ofType: ExecutableProduct.self)
        let names = executables.map(\.name).sorted().joined(separator: ", ")
        guard let wanted = wanted ?? (executables.count == 1 ? executables[0].name : nil) else {
            throw ArchiveError("which executable? Add --product NAME. This package has: \(names).")
        }
        guard let product = executables.first(where: { $0.name == wanted }) else {
            throw ArchiveError("there is no executable named '\(wanted)'. This package has: \(names).")
        }
        return product
    }
}

/// What went wrong and what to do next.
struct ArchiveError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Why no static executable can be made on this machine.
struct StaticImpossible: Error {
    let reason: String
}

/// The folder of this package, wherever SwiftPM has checked it out. Its scripts travel with the plugin.
let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

func script(_ name: String) -> String { checkout.appending(path: "Scripts").appending(path: name).path }

func say(_ text: String) {
    print("archive: \(text)")
    fflush(nil)
}
