// Where a redrive takes its messages from, as the user names it.

import ArgumentParser
import EventSourceMapping
import RecordReplay

/// The argument of `--from`.
enum RedriveOrigin: Equatable {
    /// A queue's name, ARN or URL.
    case queue(String)
    case bucket(String, prefix: String)
    /// A table of dead letters.
    case table(String)
    /// A stream by its ARN: every record that it still has.
    case stream(String)
    /// A file, `-` for standard input.
    case file(String)

    /// - Throws: for what looks like a service's name and is not complete.
    init(place text: String) throws(ValidationError) {
        if let name = text.behind("sqs:") {
            guard !name.isEmpty else { throw ValidationError("sqs: takes a queue's name or URL.") }
            self = .queue(name)
        } else if let name = text.behind("dynamodb:") {
            guard !name.isEmpty else { throw ValidationError("dynamodb: takes the name of a table of dead letters.") }
            self = .table(name)
        } else if let arn = text.behind("stream:") {
            guard arn.isDynamoDBStream else { throw Self.notAStream(arn) }
            self = .stream(arn)
        } else if text.isDynamoDBStream {
            self = .stream(text)
        } else if text.hasPrefix("arn:") {
            self = try Self.resource(text)
        } else if text.hasPrefix("https://sqs.") || text.hasPrefix("http://sqs.") {
            self = .queue(text)
        } else if let place = text.behind("s3://") {
            let slash = place.firstIndex(of: "/") ?? place.endIndex
            let bucket = String(place[..<slash])
            guard !bucket.isEmpty else { throw ValidationError("s3:// takes a bucket's name and a prefix.") }
            self = .bucket(bucket, prefix: String(place[slash...].dropFirst()))
        } else {
            guard !text.isEmpty else { throw ValidationError("A place has a name.") }
            self = .file(text)
        }
    }

    private static func resource(_ text: String) throws(ValidationError) -> RedriveOrigin {
        guard let arn = ResourceARN(text) else { throw ValidationError("That is not an ARN.") }
        switch arn.service {
        case "sqs":
            guard arn.isQueue else {
                throw ValidationError("A queue's ARN is arn:partition:sqs:region:account:name.")
            }
            return .queue(text)
        case "s3":
            guard arn.isBucket else { throw ValidationError("A bucket's ARN is arn:partition:s3:::name.") }
            return .bucket(String(arn.resource), prefix: "")
        case "dynamodb": throw notAStream(text)
        case "sns": throw ValidationError("A topic keeps no messages: name the queue that subscribes to it.")
        default: throw ValidationError("It takes the ARN of a queue, a bucket or a DynamoDB stream.")
        }
    }

    private static func notAStream(_ text: String) -> ValidationError {
        let form = "arn:partition:dynamodb:region:account:table/name/stream/label"
        guard let arn = ResourceARN(text), arn.service == "dynamodb", let table = arn.resource.dropping("table/") else {
            return ValidationError("A stream's ARN is \(form).")
        }
        return ValidationError(
            "That is the table's ARN, and the stream's is \(form): describe-table shows it as LatestStreamArn. For a table "
                + "of dead letters, give dynamodb:\(table)."
        )
    }

    /// As it is written on a command line.
    var text: String {
        switch self {
        case .queue(let name): name.contains(":") ? name : "sqs:\(name)"
        case .bucket(let bucket, let prefix): "s3://\(bucket)/\(prefix)"
        case .table(let name): "dynamodb:\(name)"
        case .stream(let arn): "stream:\(arn)"
        case .file(let path): path
        }
    }

    /// The word for a file's name: `orders-failed`.
    var shortName: String {
        switch self {
        case .queue(let name): name.split { "/:".contains($0) }.last.map(String.init) ?? "queue"
        case .bucket(let bucket, _): bucket
        case .table(let name): name.split(separator: "/").last.map(String.init) ?? "table"
        case .stream(let arn): arn.split(separator: "/").dropFirst().first.map(String.init) ?? "stream"
        case .file("-"): "standard-input"
        case .file(let path): path.split(separator: "/").last.map(String.init) ?? "file"
        }
    }
}

extension Substring {
    /// What follows a prefix, if it is a single segment.
    fileprivate func dropping(_ prefix: String) -> Substring? {
        hasPrefix(prefix) && !dropFirst(prefix.count).contains("/") ? dropFirst(prefix.count) : nil
    }
}

extension String {
    fileprivate func behind(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
