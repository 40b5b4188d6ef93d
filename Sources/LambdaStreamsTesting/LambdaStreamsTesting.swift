// Unit tests of stream functions, in process: events made in code or read from files, contexts by hand, one-line calls.
//
// A test of a function looks like this:
//
// ```swift
// let inbox = Inbox()
// let processor = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in
//     guard let order = change.new else { return }
//     guard order.total >= 0 else { throw NegativeTotal() }
//     await inbox.append(order.id)
// }
// let event = try StreamEvent.Builder(keys: "id")
//     .insert(Order(id: "o-1", total: 5))
//     .modify(old: Order(id: "o-1", total: 5), new: Order(id: "o-1", total: -1))
//     .remove(Order(id: "o-0", total: 7), by: .timeToLive)
//     .build()
//
// let response = try await processor.process(event)
//
// #expect(await inbox.ids == ["o-1"])
// #expect(response == .failure(from: event.records[1]))
// ```

@_exported public import LambdaStreams
