// Results on their way into a record and back.

internal import DynamoDBStreamEvents
internal import JSONScanning

/// What is stored of an outcome.
struct StoredOutcome: Sendable {
    var data: AttributeValue?
    var failure: String?
    var omission: String?

    /// The outcome of work that gave `result`.
    ///
    /// The work is done whether or not its result can be stored, so what cannot is left out and the reason kept.
    init(of result: some Encodable, limits: IdempotencyStoreLimits, format: StoredDataFormat) {
        do throws(AttributeEncodingError) {
            store(try AttributeValueEncoder().encodePlainJSON(result), limits, format)
        } catch {
            omission = "it has no form in JSON, \(error.path.isEmpty ? "at its root" : "at \(error.path)")"
        }
    }

    init(_ failure: StoredFailure, limits: IdempotencyStoreLimits) {
        self.failure = failure.name
        store(Array(failure.json.utf8), limits, .json)
    }

    private mutating func store(_ json: [UInt8], _ limits: IdempotencyStoreLimits, _ format: StoredDataFormat) {
        do throws(StoredDataError) {
            let attribute = try format.attribute(json: json)
            let byteCount = attribute.sizeBytes
            if byteCount > limits.dataByteCount {
                omission = "it has \(byteCount) bytes and a record takes \(limits.dataByteCount)"
            } else {
                data = attribute
            }
        } catch {
            omission = "\(error.contentFree)"
        }
    }
}

extension IdempotencyRecord {
    /// The result of the work, as the first call gave it.
    ///
    /// - Throws: ``IdempotencyError``, or the error that was kept as the outcome.
    func result<Result: Decodable>(
        as type: Result.Type,
        settings: IdempotencySettings
    ) throws -> Result {
        if let failure { throw restoredError(named: failure, settings.finalErrors) }
        if type is NoResult.Type, let none = NoResult() as? Result { return none }
        if let omission, settings.unstoredResult == .fail {
            throw IdempotencyError.resultNotStored(key: key, reason: omission)
        }
        do {
            return try StoredData(data).decode(type)
        } catch {
            let path = (error as? AttributeDecodingError)?.path ?? ""
            throw IdempotencyError.unreadableResult(
                key: key,
                reason: "it is not a \(type), at \(path.isEmpty ? "its root" : path)"
            )
        }
    }

    private func restoredError(named name: String, _ finalErrors: [FinalError]) -> any Error {
        let stored = StoredFailure(name: name, json: String(decoding: storedJSON, as: UTF8.self))
        return finalErrors.lazy.compactMap { $0.restore(stored) }.first ?? stored
    }

    /// `null` where there is nothing: Powertools for TypeScript leaves `data` out for `undefined`.
    private var storedJSON: [UInt8] {
        guard case .string(let json)? = data else { return Array("null".utf8) }
        return Array(json.utf8)
    }
}

/// The result of work without one.
struct NoResult: Codable, Sendable {
    init() {}
    init(from decoder: any Decoder) {}

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encodeNil()
    }
}
