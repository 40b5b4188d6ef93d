// Everything that the mapping was observed, documented or assumed to do, case by case.

import EventSourceMapping
import MappingCases
import Testing

@Suite("Cases of the mapping")
struct CaseTests {
    @Test("there are cases")
    func present() {
        #expect(MappingCase.all.count > 60)
    }

    @Test("each case runs as it says", arguments: MappingCase.all)
    func each(_ mappingCase: MappingCase) async throws {
        let deliveries = try await mappingCase.run()
        let differences = try mappingCase.differences(from: deliveries)
        #expect(differences == [], "\(mappingCase.title)")
    }

    @Test("the same inputs give the same log, to the byte", arguments: MappingCase.all)
    func deterministic(_ mappingCase: MappingCase) async throws {
        let log = try await mappingCase.run(seed: 7).log
        #expect(try await mappingCase.run(seed: 7).log == log)
    }
}
