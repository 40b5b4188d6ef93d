// Completed records that this process remembers: the least recently used one goes first.

internal import JSONScanning
internal import SharedState

/// Completed records by their full keys. A record in progress is never in here, for others change it.
final class LocalCache: Sendable {
    fileprivate struct Entry {
        var record: IdempotencyRecord
        var newer: ExactText?
        var older: ExactText?
    }

    fileprivate struct State {
        var entries: [ExactText: Entry] = [:]
        var newest: ExactText?
        var oldest: ExactText?
    }

    private let state = Guarded(State())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// The record of a key. An expired one is dropped.
    func record(of key: String, at now: Int64) -> IdempotencyRecord? {
        state.withLock { state in
            guard let record = state.remove(ExactText(key)), !record.isExpired(at: now) else { return nil }
            state.insert(record)
            return record
        }
    }

    func insert(_ record: IdempotencyRecord) {
        guard record.status == .completed else { return }
        state.withLock { state in
            _ = state.remove(ExactText(record.key))
            if state.entries.count >= capacity, let oldest = state.oldest { _ = state.remove(oldest) }
            state.insert(record)
        }
    }
}

extension LocalCache.State {
    fileprivate mutating func insert(_ record: IdempotencyRecord) {
        let key = ExactText(record.key)
        entries[key] = LocalCache.Entry(record: record, newer: nil, older: newest)
        if let newest { entries[newest]?.newer = key }
        newest = key
        oldest = oldest ?? key
    }

    fileprivate mutating func remove(_ key: ExactText) -> IdempotencyRecord? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        if let newer = entry.newer { entries[newer]?.older = entry.older } else { newest = entry.older }
        if let older = entry.older { entries[older]?.newer = entry.newer } else { oldest = entry.newer }
        return entry.record
    }
}
