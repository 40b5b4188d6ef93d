// Work done once, round record handlers and in invocations. `import LambdaStreamsAWS` brings it along, with a store in
// DynamoDB; a function with a store of its own imports this.
//
// Not in the first umbrella, for the records of its conformances keep most of it in every executable that it is linked
// into, called or not.

@_exported public import Idempotency
@_exported public import LambdaStreams
