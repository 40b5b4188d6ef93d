// One piece of advice: what is wrong, why it matters, and what to write instead.

struct Advice: Sendable, Equatable {
    enum Severity: String, Sendable, CaseIterable {
        /// AWS refuses the mapping, or the mapping cannot work.
        case error
        /// Records can be lost, or a shard can be blocked.
        case warning
        /// The result depends on something that is not known here.
        case unknown
        /// Something to know that does not change the result: what was not checked, or what a template alone does not
        /// show to be wrong.
        case note
    }

    /// A stable name, such as `no-bisect`, by which it can be ignored.
    let code: String
    let severity: Severity
    /// Whether it says that something was not checked.
    let isOpen: Bool
    /// One sentence.
    let summary: String
    /// What happens, in one or two sentences.
    let reason: String
    /// What to write, in the template's terms.
    let fix: String
}

/// The advice on one mapping, or on a part of the template that may have mappings, and its line.
struct MappingAdvice: Sendable {
    let file: String
    let line: Int
    /// The function and its event: `OrderProjector.OrderChanges`.
    let mapping: String
    let isMapping: Bool
    let advice: [Advice]
}
