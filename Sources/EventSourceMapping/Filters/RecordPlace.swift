// The kind of value that a path of a filter can meet in a record.

/// What a record of a DynamoDB stream has at the end of a path.
enum RecordPlace: Hashable, Sendable {
    /// Any text, as all numbers of items are: `{"N":"42"}`.
    case text
    /// One of these texts.
    case oneOf([String])
    case number
    case truth
    /// An object or a list of objects, which filters look through: an attribute, a map, a list.
    case object
    /// The stream's view leaves this image out.
    case missingImage(String)
    /// An attribute's value is looked for without its type: `{"status":["open"]}`.
    case untyped
    /// No record has that name.
    case nowhere

    /// Whether a value can stand there.
    var canHaveValue: Bool {
        switch self {
        case .text, .oneOf, .number, .truth: true
        case .object, .missingImage, .untyped, .nowhere: false
        }
    }
}

/// Where the names of a path lead. A dot in a name may be part of an attribute's name or a step, so there may be several
/// places.
struct RecordShape {
    /// The images that the stream's view leaves out.
    let missingImages: Set<String>

    init(view: StreamView?) { missingImages = view?.missingImages ?? [] }

    private enum Level: Hashable {
        case record, change, identity, attributes, value, list
    }

    private struct Step: Hashable {
        let level: Level
        let index: Int
    }

    func places(of path: [String]) -> Set<RecordPlace> {
        var known: [Step: Set<RecordPlace>] = [:]
        return places(path, Step(level: .record, index: 0), &known)
    }

    private func places(_ path: [String], _ step: Step, _ known: inout [Step: Set<RecordPlace>]) -> Set<RecordPlace> {
        if let places = known[step] { return places }
        let places = step.index == path.count ? [.object] : next(path, step, &known)
        known[step] = places
        return places
    }

    private func next(_ path: [String], _ step: Step, _ known: inout [Step: Set<RecordPlace>]) -> Set<RecordPlace> {
        let name = path[step.index]
        let isLast = step.index + 1 == path.count
        func leaf(_ place: RecordPlace) -> Set<RecordPlace> { [isLast ? place : .nowhere] }
        func below(_ level: Level) -> Set<RecordPlace> {
            places(path, Step(level: level, index: step.index + 1), &known)
        }
        switch step.level {
        case .record:
            switch name {
            case "eventName": return leaf(.oneOf(["INSERT", "MODIFY", "REMOVE"]))
            case "eventID", "eventVersion", "eventSource", "awsRegion", "eventSourceARN": return leaf(.text)
            case "userIdentity": return below(.identity)
            case "dynamodb": return below(.change)
            default: return [.nowhere]
            }
        case .identity:
            return ["type", "principalId"].contains(name) ? leaf(.text) : [.nowhere]
        case .change:
            switch name {
            case "ApproximateCreationDateTime", "SizeBytes": return leaf(.number)
            case "SequenceNumber": return leaf(.text)
            case "StreamViewType": return leaf(.oneOf(StreamView.allCases.map(\.rawValue)))
            case "NewImage", "OldImage":
                return missingImages.contains(name) ? [.missingImage(name)] : below(.attributes)
            case "Keys": return below(.attributes)
            default: return [.nowhere]
            }
        case .attributes:
            // `a.b` is the attribute of that name, or b within a.
            var all: Set<RecordPlace> = []
            for end in step.index + 1...path.count {
                all.formUnion(places(path, Step(level: .value, index: end), &known))
            }
            return all
        case .value, .list:
            switch name {
            case "S", "N", "B", "SS", "NS", "BS": return leaf(.text)
            case "BOOL", "NULL": return leaf(.truth)
            case "M": return below(.attributes)
            case "L": return below(.list)
            default: return [.untyped]
            }
        }
    }
}

/// What a stream's records have of an item: `StreamViewType`.
public enum StreamView: String, Hashable, Sendable, CaseIterable {
    /// The key attributes alone.
    case keysOnly = "KEYS_ONLY"
    /// The item after the change.
    case newImage = "NEW_IMAGE"
    /// The item before the change.
    case oldImage = "OLD_IMAGE"
    /// Both images.
    case newAndOldImages = "NEW_AND_OLD_IMAGES"

    package var missingImages: Set<String> {
        switch self {
        case .keysOnly: ["NewImage", "OldImage"]
        case .newImage: ["OldImage"]
        case .oldImage: ["NewImage"]
        case .newAndOldImages: []
        }
    }
}
