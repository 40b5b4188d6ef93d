// The folder that a new package is written to: nothing that exists is replaced.

import Foundation

struct ProjectFolder {
    private let folder: URL
    private let name: String

    /// - Parameter name: the folder as the user named it.
    init(_ folder: URL, named name: String) {
        self.folder = folder
        self.name = name
    }

    func write(_ project: ProjectFiles) throws {
        try checkIsFree()
        for file in project.files {
            let place = folder.appendingPathComponent(file.path)
            do {
                try FileManager.default.createDirectory(
                    at: place.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try Data(file.text.utf8).write(to: place, options: .withoutOverwriting)
            } catch {
                throw ProjectError("\(name)/\(file.path) cannot be written: \(error.localizedDescription)")
            }
        }
    }

    private func checkIsFree() throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else {
            throw ProjectError("\(name) is a file. Give the name of a new folder.")
        }
        let contents: [String]
        do {
            contents = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            throw ProjectError("\(name) cannot be read: \(error.localizedDescription)")
        }
        guard contents.isEmpty else {
            throw ProjectError("The folder \(name) is not empty. Nothing was written; give the name of a new folder.")
        }
    }
}
