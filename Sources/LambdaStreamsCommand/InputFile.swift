// Reading a file that the user named, or `-` for standard input, up to a limit.

import Foundation

struct InputFile {
    let path: String

    init(_ path: String) { self.path = path }

    var name: String { path == "-" ? "standard input" : path }

    /// - Parameter limit: the most bytes of the file.
    func read(limit: Int) throws(InputFileError) -> Data {
        let handle: FileHandle
        if path == "-" {
            handle = .standardInput
        } else {
            do {
                handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            } catch {
                let isThere = FileManager.default.fileExists(atPath: path)
                throw .unreadable(path: name, reason: isThere ? "it may not be opened" : "there is no such file")
            }
        }
        var data = Data()
        do {
            while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
                data.append(piece)
                guard data.count <= limit else { throw InputFileError.tooLarge(path: name, limit: limit) }
            }
        } catch let error as InputFileError {
            throw error
        } catch {
            throw .unreadable(path: name, reason: "it is not a file, or reading it failed")
        }
        return data
    }
}

enum InputFileError: Error, Equatable {
    case unreadable(path: String, reason: String)
    case tooLarge(path: String, limit: Int)
}

extension InputFileError: CustomStringConvertible {
    var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)."
        case .tooLarge(let path, let limit): "\(path) has more than \(limit) bytes."
        }
    }
}
