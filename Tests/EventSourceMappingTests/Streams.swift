// Records and answers that the tests here share.

import DynamoDBStreamEvents
import EventSourceMapping

/// An event of records of one item each, numbered from `first` on, written `seconds` after the epoch of the tests.
func event(_ numbers: some Sequence<Int>, at seconds: Int = 0, size: Int = 0) throws -> StreamEvent {
    let filler = String(repeating: "x", count: size)
    let records = numbers.map { number in
        """
        {"eventID":"e\(number)","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb",\
        "awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":\(1_767_225_600 + seconds),\
        "Keys":{"id":{"S":"k\(number)"}},"NewImage":{"id":{"S":"k\(number)"},"filler":{"S":"\(filler)"}},\
        "SequenceNumber":"\(number)","SizeBytes":26,"StreamViewType":"NEW_IMAGE"}}
        """
    }
    return try StreamEvent(Array("{\"Records\":[\(records.joined(separator: ","))]}".utf8))
}

/// The second that ``event(_:at:size:)`` counts from.
let epoch = MappingInstant(milliseconds: 1_767_225_600_000)

func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

extension MappingSimulation {
    /// The next invocation, with the steps before it gone through and the clock moved as they say.
    mutating func nextInvocation() -> MappingInvocation? {
        while true {
            switch next() {
            case .invoke(let invocation): return invocation
            case .send(let delivery): finishSending(delivery.id)
            case .log: break
            case .wait(let moment): advance(to: moment)
            case .idle, .finished: return nil
            }
        }
    }

    mutating func requiredInvocation() throws -> MappingInvocation {
        guard let invocation = nextInvocation() else { throw NoInvocation() }
        return invocation
    }

    /// What happens until nothing more does without the driver.
    mutating func steps() -> [MappingStep] {
        var steps: [MappingStep] = []
        while true {
            let step = next()
            steps.append(step)
            switch step {
            case .wait, .idle, .finished: return steps
            default: break
            }
        }
    }
}

/// An invocation was expected, and nothing more happens.
struct NoInvocation: Error {}
