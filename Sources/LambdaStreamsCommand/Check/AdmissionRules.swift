// What AWS refuses: the mapping would not be made at all.

import EventSourceMapping

extension MappingFacts {
    var admissionAdvice: [Advice] {
        do throws(AdmissionError) {
            _ = try EventSourceMappingConfiguration(json: settings.json)
            return []
        } catch {
            return [
                .error(
                    "refused",
                    "AWS refuses this mapping.",
                    because: "\(error.code.rawValue): \(error.message)",
                    fix:
                        "what the message says; the ranges are in \"CreateEventSourceMapping\" of the Lambda API reference"
                )
            ]
        }
    }
}
