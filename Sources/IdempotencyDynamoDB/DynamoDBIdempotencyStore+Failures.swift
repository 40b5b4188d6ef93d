// Counting failed deliveries in the record itself.

internal import AWSServices
internal import DynamoDBStreamEvents
public import Idempotency

extension DynamoDBIdempotencyStore {
    public func countFailure(
        of key: String,
        token: String,
        expiration: Int64,
        in call: StoreCall
    ) async throws -> Int {
        // A lease that is in progress without an end is Powertools' without a context: an end would free it for others.
        for endsLease in [true, false] {
            do {
                let counted = try await client.updateItem(
                    count(key, token, expiration, endsLease: endsLease),
                    returning: .updatedNew,
                    timeout: call.timeout
                )
                return counted?[layout.attempts]?.number?.exactly(Int.self) ?? 1
            } catch let error as AWSError {
                guard case .conditionalCheckFailed(let item) = error.kind else { throw error }
                // Counted already, by a request whose reply was lost.
                guard item?[layout.attemptToken]?.string != token else {
                    return item?[layout.attempts]?.number?.exactly(Int.self) ?? 1
                }
            }
        }
        throw IdempotencyError.inconsistentState(key: key)
    }

    private func count(_ key: String, _ token: String, _ expiration: Int64, endsLease: Bool) throws -> UpdateItem {
        var names = [
            "#attempts": layout.attempts, "#token": layout.attemptToken, "#expiry": layout.expiration,
            "#status": layout.status,
        ]
        var values: [String: AttributeValue] = [
            ":one": 1, ":token": .string(token), ":expiry": .number(AttributeNumber(expiration)),
            ":inprogress": .string(IdempotencyStatus.inProgress.word),
        ]
        var sets = [
            "#token = :token", "#expiry = if_not_exists(#expiry, :expiry)",
            "#status = if_not_exists(#status, :inprogress)",
        ]
        var condition = "(attribute_not_exists(#token) OR #token <> :token)"
        if endsLease {
            names["#in_progress_expiry"] = layout.leaseEnd
            values[":ended"] = 0
            sets.append("#in_progress_expiry = if_not_exists(#in_progress_expiry, :ended)")
            condition += " AND (attribute_not_exists(#status) OR attribute_exists(#in_progress_expiry))"
        }
        var update = UpdateItem(
            try layout.key(key),
            in: table,
            update: "SET \(sets.joined(separator: ", ")) ADD #attempts :one",
            condition: WriteCondition(condition),
            names: names,
            values: values
        )
        // The token in the condition lets it be carried out once only.
        update.mayBeRepeated = true
        return update
    }
}
