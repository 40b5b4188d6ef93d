// The second umbrella: `import LambdaStreamsAWS` in the place of `import LambdaStreams`, for functions that call AWS.

@_exported public import AWSServices
@_exported public import IdempotencyDynamoDB
@_exported public import LambdaStreams
@_exported public import LambdaStreamsIdempotency
