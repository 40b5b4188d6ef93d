// The requests as they go over the wire: Powertools' own, and the fence.

import DynamoDBStreamEvents
import Foundation
import HTTPScripting
import Idempotency
import IdempotencyDynamoDB
import Testing

@Suite("Requests to DynamoDB")
struct RequestTests {
    let record = IdempotencyRecord(
        key: "orders-fn.app.handler#cbcbdb948de16bfe7e49a81f91500ab1",
        status: .inProgress,
        expiration: 1_795_229_788,
        leaseEnd: 1_795_226_218_632,
        owner: "0123456789abcdef0123456789abcdef",
        validation: "8f14e45fceea167a5a36dedd4bea2543"
    )
    let call = StoreCall(now: 1_795_226_188_632)

    /// What the store sends for a step, as its operation and body.
    private func request(
        layout: IdempotencyTableLayout = IdempotencyTableLayout(),
        _ step: (DynamoDBIdempotencyStore) async throws -> Void
    ) async throws -> (operation: String, body: NSDictionary) {
        let server = try ScriptedServer { _ in .status(200, body: "{}") }
        defer { server.stop() }
        try await step(
            DynamoDBIdempotencyStore(
                table: "IdempotencyTable",
                client: server.dynamoDB(),
                layout: layout
            )
        )
        #expect(server.requests.count == 1)
        let sent = try #require(server.requests.first)
        return (sent.headers["x-amz-target"] ?? "", try #require(try parsed(sent.text)))
    }

    private func parsed(_ json: String) throws -> NSDictionary? {
        try JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSDictionary
    }

    @Test("taking a key has Powertools' condition, an owner, and leaves the count of failures")
    func begin() async throws {
        let (operation, body) = try await request { _ = try await $0.begin(record, in: call) }
        #expect(operation == "DynamoDB_20120810.UpdateItem")
        let expected = try parsed(
            #"""
            {"TableName":"IdempotencyTable",
             "Key":{"id":{"S":"orders-fn.app.handler#cbcbdb948de16bfe7e49a81f91500ab1"}},
             "UpdateExpression":"SET #expiry = :expiry, #status = :status, #in_progress_expiry = :lease_end, #owner = :owner, #validation_key = :validation_key REMOVE #response_data, #failure, #omission",
             "ConditionExpression":"attribute_not_exists(#id) OR #expiry < :now OR (#status = :inprogress AND attribute_exists(#in_progress_expiry) AND #in_progress_expiry < :now_in_millis)",
             "ExpressionAttributeNames":{"#id":"id","#expiry":"expiration",
               "#in_progress_expiry":"in_progress_expiration","#status":"status","#owner":"owner",
               "#validation_key":"validation","#response_data":"data","#failure":"failure","#omission":"omission"},
             "ExpressionAttributeValues":{":now":{"N":"1795226188"},":now_in_millis":{"N":"1795226188632"},
               ":inprogress":{"S":"INPROGRESS"},":expiry":{"N":"1795229788"},":status":{"S":"INPROGRESS"},
               ":lease_end":{"N":"1795226218632"},":owner":{"S":"0123456789abcdef0123456789abcdef"},
               ":validation_key":{"S":"8f14e45fceea167a5a36dedd4bea2543"}},
             "ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
            """#
        )
        #expect(body == expected)
    }

    @Test("without a lease or a validation their attributes are absent")
    func bareBegin() async throws {
        var bare = record
        (bare.leaseEnd, bare.validation) = (nil, nil)
        let (_, body) = try await request { [bare] in _ = try await $0.begin(bare, in: call) }
        let update = try #require(body["UpdateExpression"] as? String)
        #expect(update.contains("SET #expiry = :expiry, #status = :status, #owner = :owner REMOVE"))
        #expect(update.contains("#in_progress_expiry, #validation_key"))
    }

    private var completed: IdempotencyRecord {
        var completed = record
        completed.status = .completed
        completed.data = #"{"a": "\u00e9", "b": 1, "n": null}"#
        return completed
    }

    @Test("completing is Powertools' UpdateItem, by the owner alone", arguments: [true, false])
    func update(isValidated: Bool) async throws {
        var completed = completed
        if !isValidated { completed.validation = nil }
        let (operation, body) = try await request { [completed] in _ = try await $0.complete(completed, in: call) }
        #expect(operation == "DynamoDB_20120810.UpdateItem")
        let validation =
            isValidated
            ? (
                set: ", #validation_key = :validation_key", name: "\"#validation_key\":\"validation\",",
                value: "\":validation_key\":{\"S\":\"8f14e45fceea167a5a36dedd4bea2543\"},"
            ) : (set: "", name: "", value: "")
        let expected = try parsed(
            ##"""
            {"TableName":"IdempotencyTable","Key":{"id":{"S":"orders-fn.app.handler#cbcbdb948de16bfe7e49a81f91500ab1"}},
             "UpdateExpression":"SET #response_data = :response_data, #expiry = :expiry, #status = :status\##(validation.set)",
             "ExpressionAttributeNames":{"#expiry":"expiration","#response_data":"data","#status":"status",
               \##(validation.name)"#owner":"owner"},
             "ExpressionAttributeValues":{":expiry":{"N":"1795229788"},
               ":response_data":{"S":"{\"a\": \"\\u00e9\", \"b\": 1, \"n\": null}"},":status":{"S":"COMPLETED"},
               \##(validation.value)":inprogress":{"S":"INPROGRESS"},
               ":owner":{"S":"0123456789abcdef0123456789abcdef"}},
             "ConditionExpression":"#status = :inprogress AND #owner = :owner",
             "ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
            """##
        )
        #expect(body == expected)
    }

    @Test("releasing a lease leaves the record with its count, free for everybody")
    func release() async throws {
        let (operation, body) = try await request { _ = try await $0.release(record, in: call) }
        #expect(operation == "DynamoDB_20120810.UpdateItem")
        let expected = try parsed(
            #"""
            {"TableName":"IdempotencyTable","Key":{"id":{"S":"orders-fn.app.handler#cbcbdb948de16bfe7e49a81f91500ab1"}},
             "UpdateExpression":"SET #in_progress_expiry = :ended REMOVE #owner",
             "ConditionExpression":"#status = :inprogress AND #owner = :owner",
             "ExpressionAttributeNames":{"#status":"status","#owner":"owner",
               "#in_progress_expiry":"in_progress_expiration"},
             "ExpressionAttributeValues":{":inprogress":{"S":"INPROGRESS"},":ended":{"N":"0"},
               ":owner":{"S":"0123456789abcdef0123456789abcdef"}},
             "ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
            """#
        )
        #expect(body == expected)
    }

    @Test("reading is Powertools' GetItem")
    func get() async throws {
        let (operation, body) = try await request { _ = try await $0.read(record.key, in: call) }
        #expect(operation == "DynamoDB_20120810.GetItem")
        let expected = try parsed(
            #"""
            {"TableName":"IdempotencyTable","Key":{"id":{"S":"orders-fn.app.handler#cbcbdb948de16bfe7e49a81f91500ab1"}},
             "ConsistentRead":true}
            """#
        )
        #expect(body == expected)
    }

    @Test("a table with a sort key has Powertools' static partition")
    func compositeKey() async throws {
        let layout = IdempotencyTableLayout(sortKey: "sk", partition: "idempotency#orders-fn")
        let key: NSDictionary = ["id": ["S": "idempotency#orders-fn"], "sk": ["S": record.key]]
        for step in [Step.begin, .complete, .release, .read] {
            let (_, body) = try await request(layout: layout) { store in
                switch step {
                case .begin: _ = try await store.begin(record, in: call)
                case .complete: _ = try await store.complete(completed, in: call)
                case .release: _ = try await store.release(record, in: call)
                default: _ = try await store.read(record.key, in: call)
                }
            }
            #expect(body["Key"] as? NSDictionary == key)
        }
    }

    @Test("one attribute for both keys is refused")
    func oneAttributeForBothKeys() async throws {
        let store = DynamoDBIdempotencyStore(table: "t", layout: IdempotencyTableLayout(sortKey: "id"))
        await #expect(throws: IdempotencyLayoutError.oneAttributeForBothKeys("id")) {
            try await store.begin(record, in: call)
        }
    }

    @Test("looking records up is one BatchGetItem for a hundred keys, at half the price of a consistent one")
    func batchGet() async throws {
        let (operation, body) = try await request { store in
            _ = try await store.read((0..<100).map { "k-\($0)" }, in: call)
        }
        #expect(operation == "DynamoDB_20120810.BatchGetItem")
        let table = try #require((body["RequestItems"] as? NSDictionary)?["IdempotencyTable"] as? NSDictionary)
        #expect((table["Keys"] as? NSArray)?.count == 100)
        #expect(table["ConsistentRead"] == nil)
    }

    @Test("attributes of other names are used under those names")
    func renamed() async throws {
        var layout = IdempotencyTableLayout(partitionKey: "pk")
        layout.expiration = "ttl"
        layout.status = "state"
        let (_, body) = try await request(layout: layout) { [layout] in
            #expect($0.layout == layout)
            _ = try await $0.begin(record, in: call)
        }
        let names = try #require(body["ExpressionAttributeNames"] as? NSDictionary)
        #expect(names["#id"] as? String == "pk")
        #expect(names["#expiry"] as? String == "ttl")
        #expect(names["#status"] as? String == "state")
    }
}
