// A view of an item with many attributes, whose look-ups by name must not each walk over all of them.

import JSONScanning
import Synchronization

/// Walks over the attributes at first. When the walks have cost more than an index would, it makes one.
final class LargeView: Sendable {
    let node: JSONNode
    private let index = AtomicLazyReference<JSONMemberIndex>()
    private let stepsWalked = Atomic<Int>(0)

    init(_ node: JSONNode) { self.node = node }

    /// Whether an object is so large that look-ups by name are worth counting.
    static func suits(_ node: JSONNode) -> Bool { node.indexedWordCount > 128 }

    subscript(name: String) -> JSONNode? {
        var name = name
        var steps = 0
        let place = name.withUTF8 { name in
            if let index = indexWhereItPays { return index.member(named: name, counting: &steps) }
            var cursor: UInt32 = 0
            return node.document.member(of: node.place, named: SoughtName(name), from: &cursor, counting: &steps)
        }
        stepsWalked.wrappingAdd(steps, ordering: .relaxed)
        return place.map { JSONNode($0, in: node.document) }
    }

    private var indexWhereItPays: JSONMemberIndex? {
        if let made = index.load() { return made }
        // A member has three words or more; to index it costs about as much as to pass it ten times.
        guard steps > node.indexedWordCount * 3 else { return nil }
        let made = JSONMemberIndex(of: node.place, in: node.document)
        stepsWalked.wrappingAdd(made.steps, ordering: .relaxed)
        return index.storeIfNil(made)
    }

    /// The attributes that all look-ups together have looked at.
    var steps: Int { stepsWalked.load(ordering: .relaxed) }
}

extension Item {
    /// The attributes that all look-ups by name have looked at, for a view of many.
    package var lookupSteps: Int {
        if case .largeView(let view) = storage { view.steps } else { 0 }
    }
}
