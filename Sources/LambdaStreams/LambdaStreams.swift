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

// Compiled into the function that uses them: any other links nothing of Foundation for them.

extension EpochTime {
    /// The time as a date, to the precision of `Date`, which is about a tenth of a microsecond.
    @_alwaysEmitIntoClient
    public var date: Date {
        Date(timeIntervalSince1970: Double(seconds) + Double(nanoseconds) / 1e9)
    }

    /// A date as a time; nil for one that is further from 1970 than an `Int64` of seconds.
    @_alwaysEmitIntoClient
    public init?(_ date: Date) {
        let time = date.timeIntervalSince1970
        guard let seconds = Int64(exactly: time.rounded(.down)) else { return nil }
        self.init(seconds: seconds, nanoseconds: Int32((time - Double(seconds)) * 1e9))
    }
}
