// A rule of `check`: its code, what it means, and how it is found.

struct CheckRule: Sendable {
    let code: String
    /// The severity in most cases. Single findings can be more severe.
    let severity: Advice.Severity
    /// Whether its findings are certain, which those of other notes are not: they say what was not checked.
    let isCertain: Bool
    /// The rule for the documentation: a clause without a full stop.
    let meaning: String
    fileprivate let find: @Sendable (MappingFacts) -> [Finding]

    /// What a rule finds in a mapping.
    struct Finding: Sendable {
        let summary: String
        let reason: String
        let fix: String
        var severity: Advice.Severity?

        init(_ summary: String, because reason: String, fix: String, severity: Advice.Severity? = nil) {
            self.summary = summary
            self.reason = reason
            self.fix = fix
            self.severity = severity
        }
    }

    init(
        _ code: String,
        _ severity: Advice.Severity,
        isCertain: Bool? = nil,
        _ meaning: String,
        _ find: @escaping @Sendable (MappingFacts) -> Finding?
    ) {
        self.init(several: code, severity, isCertain: isCertain, meaning) { find($0).map { [$0] } ?? [] }
    }

    init(
        several code: String,
        _ severity: Advice.Severity,
        isCertain: Bool? = nil,
        _ meaning: String,
        _ find: @escaping @Sendable (MappingFacts) -> [Finding]
    ) {
        self.code = code
        self.severity = severity
        self.isCertain = isCertain ?? (severity == .error || severity == .warning)
        self.meaning = meaning
        self.find = find
    }

    func advice(on facts: MappingFacts) -> [Advice] {
        find(facts).map { advice($0) }
    }

    func advice(_ finding: Finding) -> Advice {
        let severity = finding.severity ?? severity
        return Advice(
            code: code,
            severity: severity,
            isOpen: severity == .unknown || severity == .note && !isCertain,
            summary: finding.summary,
            reason: finding.reason,
            fix: finding.fix
        )
    }
}

extension CheckRule {
    /// Every rule, in the order in which its advice is printed.
    static let all: [CheckRule] =
        admissionRules + sourceRules + failureRules + deliveryRules + filterRules + functionRules + permissionRules
        + templateRules

    /// Errors, beside `refused`, for which AWS does not create the mapping, so that there is nothing to simulate.
    static let impossible: Set<String> = ["undeclared", "not-a-stream", "table-without-stream", "duplicate-mapping"]

    static func named(_ code: String) -> CheckRule? { all.first { $0.code == code } }

    /// The page of the documentation, which `check --rules` prints.
    static var documentation: String {
        let rows = all.map { "| `\($0.code)` | \($0.severity.rawValue) | \($0.meaning) |" }
        return """
            # The rules of check

            `lambda-streams check` reads a template and prints advice. Each piece of advice has one of these codes; `--ignore CODE` leaves it out. This page is generated: `lambda-streams check --rules > Documentation/LambdaStreams.docc/CheckRules.md`.

            | code | severity | what it says |
            |---|---|---|
            \(rows.joined(separator: "\n"))

            | severity | meaning | exit code |
            |---|---|---|
            | error | AWS refuses the mapping, or it cannot work | 1 |
            | warning | records can be lost, or a shard can stop | 1 |
            | unknown | the result depends on a value that the template does not say: give it with `--parameter` | 5, unless there is an error or a warning |
            | note | something to know that does not change the result: what was not checked, or what the template alone does not show to be wrong | 0 |

            A rule whose settings are not known gives no advice; the setting is named under `unknown-setting` instead. A permission has one of three results: allowed, denied, or not known. Only a denial is an error or a warning.

            ## Idempotency

            `retries-shorter-than-lease` applies to functions that use idempotency or last applied numbers: a variable of the function has `IDEMPOTEN` or `LAST_APPLIED` in its name, or names a table of the template that has it in its own. Metadata of the function says otherwise:

            ```yaml
            Metadata:
              LambdaStreams: {Idempotency: true, LeaseSeconds: 60}
            ```

            The lease is the function's `Timeout` plus 2 seconds unless `LeaseSeconds` says otherwise. While a lease stands, a record whose invocation crashed cannot be handled again. The retries must therefore take longer than the lease, or a healthy record is discarded after one crash.

            """
    }
}
