// The umbrella: `import LambdaStreams` is all that a function which processes a DynamoDB stream needs.

@_exported public import DynamoDBStreamEvents
@_exported public import LambdaFunctions
@_exported public import Logging
@_exported public import StreamProcessing

// Named so that `Decimal` and the others need no second import. A program that uses none of them links nothing of it.
@_exported public import struct FoundationEssentials.Data
@_exported public import struct FoundationEssentials.Date
@_exported public import struct FoundationEssentials.Decimal
@_exported public import struct FoundationEssentials.URL
@_exported public import struct FoundationEssentials.UUID
