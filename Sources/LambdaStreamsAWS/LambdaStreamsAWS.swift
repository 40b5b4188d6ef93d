// The second umbrella: functions that call AWS import `LambdaStreamsAWS` instead of `LambdaStreams`.

@_exported public import AWSServices
@_exported public import IdempotencyDynamoDB
@_exported public import LambdaStreams
@_exported public import LambdaStreamsIdempotency
