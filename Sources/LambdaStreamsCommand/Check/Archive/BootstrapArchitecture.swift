// The architecture of a bootstrap, from the header of its ELF file.

import Foundation

/// "ELF-64 Object File Format": `e_machine` is the 16-bit number at offset 18.
struct BootstrapArchitecture {
    /// `x86_64` or `arm64`, as Lambda calls them.
    let name: String

    private static let names: [Int: String] = [0x3E: "x86_64", 0xB7: "arm64"]

    /// - Parameters:
    ///   - path: a folder with a `bootstrap`, an archive with one, or the file itself.
    ///   - template: paths are relative to its folder.
    /// - Returns: nil where there is no such file, or where it is of another kind: a script, for one.
    init?(of path: String, besideTemplate template: String) {
        let folder = URL(fileURLWithPath: template == "-" ? "." : template).deletingLastPathComponent()
        let base = template == "-" ? URL(fileURLWithPath: FileManager.default.currentDirectoryPath) : folder
        var file = URL(fileURLWithPath: path, relativeTo: base)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) else { return nil }
        if isFolder.boolValue { file = file.appendingPathComponent("bootstrap") }
        // Opening a FIFO or a device could block.
        let kind =
            try? FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)[.type]
            as? FileAttributeType
        guard kind == .typeRegular, let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        defer { try? handle.close() }
        guard let start = try? handle.read(upToCount: 20).map({ [UInt8]($0) }) else { return nil }
        let header = start.starts(with: [0x50, 0x4B]) ? ZipArchive(handle)?.start(of: "bootstrap", count: 20) : start
        guard let header, header.count >= 20, header.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { return nil }
        // The sixth byte is the byte order.
        let isLittle = header[5] == 1
        let machine = isLittle ? Int(header[18]) | Int(header[19]) << 8 : Int(header[18]) << 8 | Int(header[19])
        guard let name = Self.names[machine] else { return nil }
        self.name = name
    }
}
