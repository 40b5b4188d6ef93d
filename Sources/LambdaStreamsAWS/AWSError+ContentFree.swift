// What a log above debug level may have of an error of AWS: not AWS's words, which may quote an item.

public import AWSServices
public import LambdaStreams

extension AWSError: ContentFreeError {
    public var contentFreeDescription: String { descriptionWithoutMessage }
}
