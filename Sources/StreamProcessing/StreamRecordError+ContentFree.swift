// Describes a record that does not decode for a log: where and what was expected, never the value.

public import DynamoDBStreamEvents
public import LambdaFunctions

extension StreamRecordError: ContentFreeError {
    public var contentFreeDescription: String {
        switch self {
        case .malformed, .unknownEventName, .noImage: description
        case .undecodable(let path, _, let underlying):
            path.isEmpty ? shortcoming(underlying) : "\(path): \(shortcoming(underlying))"
        }
    }
}

extension AttributeDecodingError: ContentFreeError {
    public var contentFreeDescription: String {
        path.isEmpty ? shortcoming(underlying) : "\(path): \(shortcoming(underlying))"
    }
}

private func shortcoming(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound: "is missing"
    case DecodingError.typeMismatch(let type, _): "is not a \(type)"
    case DecodingError.valueNotFound(let type, _): "is null or missing where a \(type) is wanted"
    case DecodingError.dataCorrupted: "has a value that the model does not take"
    default: error.contentFreeDescription
    }
}
