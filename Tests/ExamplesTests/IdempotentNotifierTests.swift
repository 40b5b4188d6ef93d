// The notifier against moto: each order once, however often its record is delivered.

import Foundation
import LambdaStreamsAWS
import LambdaStreamsTesting
import Moto
import Testing

@testable import IdempotentNotifier

@Suite("IdempotentNotifier")
struct IdempotentNotifierTests {
    @Test("an order is announced once, however often its record is delivered, and only when it is new")
    func once() async throws {
        let moto = try Moto.shared()
        let name = "orders-placed-\(UUID().uuidString)"
        let queue = try await moto.createQueue(name)
        let topic = Topic(
            arn: try await moto.createTopic(name, deliveringTo: name),
            sns: SNSClient(moto.client())
        )
        let sink = InMemoryDeadLetterSink()
        let processor = IdempotentNotifier.processor(topic, InMemoryIdempotencyStore(), sink)
        let order = Order(id: "o-1", customer: "Ada", total: 5)
        let event = try StreamEvent.Builder(keys: "id").insert(order).modify(old: order, new: order).remove(order)
            .build()
        for _ in 1...3 { #expect(try await processor.process(event) == .success) }
        let messages = try await SQSClient(moto.client()).receiveMessages(from: queue)
        #expect(messages.count == 1)
        #expect(messages.first?.body.contains("Ada placed an order of 5") == true)
        #expect(await sink.letters.isEmpty)
    }
}
