// swift-format-ignore-file
// What the compiler says of mistakes that are easy to make, and that these combinations do not compile. Checked by
// Scripts/diagnostics-tests.py: each comment names the one error of its line.

import LambdaStreamsIdempotency

struct Order: Codable {
    let id: String
}

struct Undecodable {}

// MARK: Closures

func theModelInsteadOfTheChange() {
    _ = BatchProcessor { (order: Order, context: RecordContext) in print(order) }  // expected-error {{requires that 'Order' conform to 'RecordInput'}}
}

func theContextOfTheInvocation() {
    _ = BatchProcessor { (change: ItemChange<Order>, context: LambdaContext) in print(change) }  // expected-error {{write what the closure takes: (change: ItemChange<Order>, context: RecordContext) in}}
}

func oneParameter() {
    _ = BatchProcessor { (change: ItemChange<Order>) in print(change) }  // expected-error {{the closure takes two: (change: ItemChange<Order>, context: RecordContext) in}}
}

func noTypes() {
    _ = BatchProcessor { change, context in print(change) }  // expected-error {{write what the closure takes: (change: ItemChange<Order>, context: RecordContext) in}}
}

func noTypesAndAMember() {
    _ = BatchProcessor { change, _ in print(change.new) }  // expected-error {{cannot infer type of closure parameter 'change' without a type annotation}}
}

func noTypesAndASwitch() {
    _ = BatchProcessor { change, context in  // expected-error {{cannot infer type of closure parameter 'change' without a type annotation}}
        switch change {
        case .inserted(let order): print(order)
        default: print(context)
        }
    }
}

func shorthand() {
    _ = BatchProcessor { print($0) }  // expected-error {{the closure takes two: (change: ItemChange<Order>, context: RecordContext) in}}
}

func aModelThatDoesNotDecode() {
    _ = BatchProcessor { (change: ItemChange<Undecodable>, context: RecordContext) in print(change) }  // expected-error {{requires that 'Undecodable' conform to 'Decodable'}}
}

func aFunctionOfAnotherContext(_ change: ItemChange<Order>, _ context: LambdaContext) async throws {}
func aFunction() {
    _ = BatchProcessor(aFunctionOfAnotherContext)  // expected-error {{write what the closure takes: (change: ItemChange<Order>, context: RecordContext) in}}
}

func aHandlerWithoutItsLabel() {
    _ = BatchProcessor(ChangeHandler { (change: ItemChange<Order>, _) in print(change) })  // expected-error {{name it: BatchProcessor(handler: …)}}
}

// MARK: Combinations

func windows() -> TumblingWindowProcessor<Int> {
    TumblingWindowProcessor(initial: 0) { (sum: inout Int, _: StreamRecord, _) in sum += 1 } onClose: { _, _ in }
}

func anIdempotentWindow() {
    _ = windows().idempotent(using: InMemoryIdempotencyStore())  // expected-error {{has no member 'idempotent'}}
}

func aWindowOfNewerChanges() {
    _ = windows().onlyNewer(using: InMemoryLastAppliedStore())  // expected-error {{has no member 'onlyNewer'}}
}

func onlyNewerMessages() {
    let messages = BatchProcessor { (message: SQSMessage, context: RecordContext) in print(message) }
    _ = messages.onlyNewer(using: InMemoryLastAppliedStore())  // expected-error {{requires the types 'SQSMessage' and 'StreamRecord' be equivalent}}
}

struct NotCounting: IdempotencyStore {
    let base = InMemoryIdempotencyStore()
    func begin(_ record: IdempotencyRecord, in call: StoreCall) -> BeginOutcome { base.begin(record, in: call) }
    func complete(_ record: IdempotencyRecord, in call: StoreCall) -> FenceOutcome { base.complete(record, in: call) }
    func release(_ record: IdempotencyRecord, in call: StoreCall) -> FenceOutcome { base.release(record, in: call) }
    func renew(_ record: IdempotencyRecord, in call: StoreCall) -> FenceOutcome { base.renew(record, in: call) }
    func read(_ key: String, in call: StoreCall) -> IdempotencyRecord? { base.read(key, in: call) }
}

func aCounterOverAStoreThatDoesNotCount() {
    _ = StoredDeliveryCounter(in: IdempotentOperations(store: NotCounting()))  // expected-error {{requires that 'NotCounting' conform to 'FailureCountingStore'}}
}

// MARK: Traits that are off

func traced() {
    _ = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in print(change) }.traced()  // expected-error {{enable this package's trait Tracing}}
}

@StreamItem  // expected-error {{enable this package's trait Macros}}
struct Written {
    let id: String
}
