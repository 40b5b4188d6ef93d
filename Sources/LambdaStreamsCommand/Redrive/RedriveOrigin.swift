// Where a redrive takes its messages from, as the user names it.

import ArgumentParser
import RecordReplay

/// The argument of `--from`.
enum RedriveOrigin: Equatable, ExpressibleByArgument {
    /// A queue's name or URL.
    case queue(String)
    case bucket(String, prefix: String)
    /// A table of dead letters.
    case table(String)
    /// A stream by its ARN: every record that it still has.
    case stream(String)
    /// A file, `-` for standard input.
    case file(String)

    /// - Returns: nil for what looks like a service's name and is not complete.
    init?(argument text: String) {
        if let name = text.behind("sqs:") {
            guard !name.isEmpty else { return nil }
            self = .queue(name)
        } else if let name = text.behind("dynamodb:") {
            guard !name.isEmpty else { return nil }
            self = .table(name)
        } else if let arn = text.behind("stream:") {
            guard arn.isDynamoDBStream else { return nil }
            self = .stream(arn)
        } else if text.isDynamoDBStream {
            self = .stream(text)
        } else if text.hasPrefix("arn:") {
            // arn:aws:sqs:eu-central-1:123456789012:orders-failed
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 6, parts[2] == "sqs" || parts[2] == "s3", !parts[5].isEmpty else { return nil }
            self = parts[2] == "sqs" ? .queue(String(parts[5])) : .bucket(String(parts[5]), prefix: "")
        } else if text.hasPrefix("https://sqs.") || text.hasPrefix("http://sqs.") {
            self = .queue(text)
        } else if let place = text.behind("s3://") {
            let slash = place.firstIndex(of: "/") ?? place.endIndex
            let bucket = String(place[..<slash])
            guard !bucket.isEmpty else { return nil }
            self = .bucket(bucket, prefix: String(place[slash...].dropFirst()))
        } else {
            guard !text.isEmpty else { return nil }
            self = .file(text)
        }
    }

    /// As it is written on a command line.
    var text: String {
        switch self {
        case .queue(let name): name.contains("://") ? name : "sqs:\(name)"
        case .bucket(let bucket, let prefix): "s3://\(bucket)/\(prefix)"
        case .table(let name): "dynamodb:\(name)"
        case .stream(let arn): "stream:\(arn)"
        case .file(let path): path
        }
    }

    /// The word for a file's name: `orders-failed`.
    var shortName: String {
        switch self {
        case .queue(let name): name.split(separator: "/").last.map(String.init) ?? "queue"
        case .bucket(let bucket, _): bucket
        case .table(let name): name.split(separator: "/").last.map(String.init) ?? "table"
        case .stream(let arn): arn.split(separator: "/").dropFirst().first.map(String.init) ?? "stream"
        case .file("-"): "standard-input"
        case .file(let path): path.split(separator: "/").last.map(String.init) ?? "file"
        }
    }
}

extension String {
    fileprivate func behind(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
