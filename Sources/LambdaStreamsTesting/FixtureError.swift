// The reasons why a fixture could not be read, with the file's name and what to do.

/// The reason why a fixture cannot be used.
public struct FixtureError: Error, Hashable, Sendable {
    /// The file, or the name that was looked for.
    public let file: String
    /// What is wrong, and where in the file.
    public let problem: Problem

    /// What is wrong with the fixture.
    public enum Problem: Hashable, Sendable {
        /// There is no file at that path.
        case notFound
        /// The test bundle, at that path, has no such resource.
        case notInBundle(String)
        /// The file is there and cannot be read.
        case unreadable(reason: String)
        /// It contains nothing but white space.
        case empty
        /// It is not JSON. Line and column, in bytes, count from 1.
        case malformed(line: Int, column: Int, expected: String)
        /// It is JSON beyond the bounds of this package.
        case refused(reason: String)
        /// The value at the place of a record is not a record.
        case noRecord(place: String, found: Found)
        /// The records are not those of the event that was asked for.
        case noEvent(type: String, reason: String)
    }

    /// What a fixture has instead of a record.
    public enum Found: Hashable, Sendable {
        /// A value that is not an object.
        case notAnObject
        /// An object with these members and without those of a record.
        case object(members: [String])
    }

    init(_ file: String, _ problem: Problem) {
        self.file = file
        self.problem = problem
    }
}

extension FixtureError: CustomStringConvertible {
    public var description: String { "\(file): \(problem.text)" }
}

extension FixtureError.Problem {
    fileprivate var text: String {
        switch self {
        case .notFound:
            "there is no such file; a relative path counts from the folder of the test that asks for it"
        case .notInBundle(let path):
            """
            the test bundle has no such resource; list its folder in Package.swift, \
            `resources: [.copy("Fixtures")]`, and look into \(path)
            """
        case .unreadable(let reason): "it cannot be read: \(reason)"
        case .empty: "it is empty; save an event, an array of records or JSON lines in it"
        case .malformed(let line, let column, let expected):
            "it is neither JSON nor JSON lines: expected \(expected) at line \(line), column \(column)"
        case .refused(let reason): "it cannot be taken: \(reason)"
        case .noRecord(let place, let found):
            """
            \(place) is not a record but \(found.text); save an event with "Records", an array of records, JSON \
            lines of records, or what a dead-letter sink wrote
            """
        case .noEvent(let type, let reason): "it is not a \(type): \(reason)"
        }
    }
}

extension FixtureError.Found {
    fileprivate var text: String {
        switch self {
        case .notAnObject: "a value that is not an object"
        case .object(let members): "an object of \(members.isEmpty ? "nothing" : members.joined(separator: ", "))"
        }
    }
}
