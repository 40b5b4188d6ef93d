// The file of what remains of another one: what an earlier run left, and behind that what this run leaves.

/// Documents that are not done, a line each.
///
/// A run first reads what an earlier one left. What still remains is appended, and what was read is cut off when the run ends
/// or the next one begins. An end by force at any moment loses nothing: the progress file says what is about to be appended,
/// then that it was, and of a cut that it is complete.
struct RemainderFile {
    private let path: String
    private var file: OpenFile?

    /// A file that is not there yet.
    init(_ path: String) { self.path = path }

    /// What an earlier run left, as its progress describes it.
    init(_ path: String, _ progress: inout FileProgress, writing progressPath: String) throws(MessageFileError) {
        self.path = path
        if OpenFile.exists(OpenFile.pathOfDraft(of: path)) {
            if Self.isCut(progress) {
                try OpenFile.publishDraft(of: path)
            } else {
                try OpenFile.remove(OpenFile.pathOfDraft(of: path))
            }
        }
        guard OpenFile.exists(path) else {
            progress.remaining = .init()
            return
        }
        let file = try OpenFile.appending(path)
        progress.remaining = Self.extent(of: file, progress)
        try file.truncate(to: progress.remaining.end)
        if try !Self.endsWithLineBreak(path, byteCount: progress.remaining.end) {
            try file.append([0x0A])
            progress.remaining.end += 1
        }
        self.file = file
        try cut(&progress, writing: progressPath)
        // All that is left is of an earlier run now.
        progress.remaining.earlierEnd = progress.remaining.end
        try OpenFile.replace(progressPath, with: progress.json)
    }

    /// Whether the draft of the file is complete, for nothing is left to be cut off.
    private static func isCut(_ progress: FileProgress) -> Bool {
        progress.remaining.start == 0 && progress.remaining.earlierEnd == 0
    }

    /// What of the file is to be tried. What a run was appending when it ended by force is written again; a file that was
    /// changed otherwise was edited, and all of it is to be tried.
    private static func extent(of file: OpenFile, _ progress: FileProgress) -> FileProgress.Remaining {
        var remaining = progress.remaining
        let count = file.byteCount
        let isAppended = remaining.end < count && count <= remaining.end + remaining.appendedCount
        remaining.appendedCount = 0
        return count == remaining.end || isAppended ? remaining : .init(end: count)
    }

    private static func endsWithLineBreak(_ path: String, byteCount: Int) throws(MessageFileError) -> Bool {
        guard byteCount > 0 else { return true }
        let file = try OpenFile.reading(path)
        try file.seek(to: byteCount - 1)
        return try file.read(1) == [0x0A]
    }

    static func exists(_ path: String) -> Bool {
        OpenFile.exists(path) || OpenFile.exists(OpenFile.pathOfDraft(of: path))
    }

    /// Reads what an earlier run left, and not what is appended meanwhile. Changes no file.
    static func documents(_ path: String, _ progress: FileProgress) throws(MessageFileError) -> [DocumentSplitter] {
        let draft = OpenFile.pathOfDraft(of: path)
        let path = OpenFile.exists(draft) && isCut(progress) ? draft : path
        guard OpenFile.exists(path) else { return [] }
        var splitters: [DocumentSplitter] = []
        for part in extent(of: try OpenFile.reading(path), progress).undone {
            let start = DocumentSplitter.Place(offset: part.lowerBound, layout: .lines)
            splitters.append(DocumentSplitter(from: start, read: try pieces(of: path, part)))
        }
        return splitters
    }

    /// Gives a part of a file, piece by piece; none at its end.
    private static func pieces(
        of path: String,
        _ part: Range<Int>
    ) throws(MessageFileError) -> (_ byteCount: Int) throws(MessageFileError) -> [UInt8] {
        let file = try OpenFile.reading(path)
        try file.seek(to: part.lowerBound)
        var left = part.count
        return { count throws(MessageFileError) in
            let piece = try file.read(min(count, left))
            left -= piece.count
            return piece
        }
    }

    mutating func append(_ lines: [UInt8]) throws(MessageFileError) {
        let file: OpenFile
        if let open = self.file { file = open } else { file = try OpenFile.appending(path) }
        self.file = file
        try file.append(lines)
    }

    /// Cuts off what was done, brings the rest into its order, and removes the file when nothing remains.
    mutating func cut(_ progress: inout FileProgress, writing progressPath: String) throws(MessageFileError) {
        let undone = progress.remaining.undone
        let count = undone.reduce(0) { $0 + $1.count }
        guard !undone.isEmpty else {
            guard file != nil else { return }
            progress.remaining = .init()
            try OpenFile.replace(progressPath, with: progress.json)
            try OpenFile.remove(path)
            file = nil
            return
        }
        guard undone != [0..<count] else { return }
        let draft = try OpenFile.draft(of: path)
        for part in undone {
            let next = try Self.pieces(of: path, part)
            while case let piece = try next(1 << 20), !piece.isEmpty { try draft.append(piece) }
        }
        try draft.synchronize()
        progress.remaining = .init(end: count)
        try OpenFile.replace(progressPath, with: progress.json)
        try OpenFile.publishDraft(of: path)
        file = try OpenFile.appending(path)
    }

    func synchronize() throws(MessageFileError) { try file?.synchronize() }
}
