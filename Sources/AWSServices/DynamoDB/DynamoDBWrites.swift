// The four actions of a transaction. Three of them are also calls.

public import DynamoDBStreamEvents

/// Which attributes a write returns.
public enum ReturnValues: String, Sendable, Hashable {
    /// No attributes.
    case none = "NONE"
    /// The whole item as it was before.
    case allOld = "ALL_OLD"
    /// The attributes that the update names, as they were before.
    case updatedOld = "UPDATED_OLD"
    /// The whole item as it is now.
    case allNew = "ALL_NEW"
    /// The attributes that the update names, as they are now.
    case updatedNew = "UPDATED_NEW"
}

/// The condition of a write ("Condition expressions" in the Amazon DynamoDB Developer Guide).
///
/// ```swift
/// let isOlder = WriteCondition("attribute_not_exists(id) OR version < :version")
/// let put = PutItem(["id": "o-1", "version": 2], into: "orders", condition: isOlder, values: [":version": 2])
/// ```
public struct WriteCondition: Sendable, Hashable {
    /// `attribute_not_exists(#id) OR #expiry < :now`
    public var expression: String
    /// Whether a failed condition returns the current item with the error, which consumes no capacity.
    public var returnsItem: Bool

    /// Creates a condition from a condition expression, such as `attribute_not_exists(id)`.
    public init(_ expression: String, returnsItem: Bool = true) {
        self.expression = expression
        self.returnsItem = returnsItem
    }
}

/// Puts an item, and replaces one that has its key.
///
/// ```swift
/// let new: Item = ["id": "o-1", "total": 12.5]
/// let isNew = WriteCondition("attribute_not_exists(id)")
/// try await DynamoDBClient().putItem(PutItem(new, into: "orders", condition: isNew))
/// ```
public struct PutItem: Sendable {
    /// The table's name or ARN.
    public var table: String
    /// The whole item, its key included. At most 400 KB.
    public var item: Item
    /// What must hold for the item that has this key now; nil for an unconditional write.
    public var condition: WriteCondition?
    /// What the `#names` of the condition stand for.
    public var names: [String: String]
    /// What the `:values` of the condition stand for.
    public var values: [String: AttributeValue]

    /// Creates a write of an item into a table.
    public init(
        _ item: Item,
        into table: String,
        condition: WriteCondition? = nil,
        names: [String: String] = [:],
        values: [String: AttributeValue] = [:]
    ) {
        self.table = table
        self.item = item
        self.condition = condition
        self.names = names
        self.values = values
    }

    var json: RequestJSON { RequestJSON(table, "Item", item, condition, names, values) }
}

/// Changes attributes of an item, or creates it with its key and these attributes.
///
/// ```swift
/// let update = UpdateItem(["id": "o-1"], in: "orders", update: "SET total = :total", values: [":total": 14])
/// try await DynamoDBClient().updateItem(update)
/// ```
public struct UpdateItem: Sendable {
    /// The table's name or ARN.
    public var table: String
    /// The attributes of the item's primary key, and no others.
    public var key: Item
    /// `SET #status = :status REMOVE #lease`
    public var update: String
    /// What must hold for the item that has this key now; nil for an unconditional update.
    public var condition: WriteCondition?
    /// Whether the client may send the update again after a lost reply, when it may have been carried out already.
    ///
    /// Nil, the default, judges by ``update``: one that adds (`ADD`, `+`, `-`), appends (`list_append`), copies another
    /// attribute (`SET previous = latest, latest = :new`) or names an element of a list (`[0]`) is not repeated. Set it
    /// to true where a condition lets the update be carried out once only, as one on a version number or a token does.
    public var mayBeRepeated: Bool?
    /// What the `#names` of both expressions stand for.
    public var names: [String: String]
    /// What the `:values` of both expressions stand for.
    public var values: [String: AttributeValue]

    /// Creates an update of the item that has the key.
    public init(
        _ key: Item,
        in table: String,
        update: String,
        condition: WriteCondition? = nil,
        names: [String: String] = [:],
        values: [String: AttributeValue] = [:]
    ) {
        self.table = table
        self.key = key
        self.update = update
        self.condition = condition
        self.names = names
        self.values = values
    }

    var json: RequestJSON { RequestJSON(table, "Key", key, update: update, condition, names, values) }
}

extension UpdateItem {
    var isRepeatable: Bool { mayBeRepeated ?? UpdateExpression(update).isIdempotent }
}

/// Deletes an item, if there is one.
///
/// ```swift
/// try await DynamoDBClient().deleteItem(DeleteItem(["id": "o-1"], from: "orders"))
/// ```
public struct DeleteItem: Sendable {
    /// The table's name or ARN.
    public var table: String
    /// The attributes of the item's primary key, and no others.
    public var key: Item
    /// What must hold for the item that has this key now; nil for an unconditional deletion.
    public var condition: WriteCondition?
    /// What the `#names` of the condition stand for.
    public var names: [String: String]
    /// What the `:values` of the condition stand for.
    public var values: [String: AttributeValue]

    /// Creates a deletion of the item that has the key.
    public init(
        _ key: Item,
        from table: String,
        condition: WriteCondition? = nil,
        names: [String: String] = [:],
        values: [String: AttributeValue] = [:]
    ) {
        self.table = table
        self.key = key
        self.condition = condition
        self.names = names
        self.values = values
    }

    var json: RequestJSON { RequestJSON(table, "Key", key, condition, names, values) }
}

/// Cancels a transaction unless its condition holds for an item.
///
/// ```swift
/// let isOpen = ConditionCheck(
///     ["id": "c-1"],
///     in: "customers",
///     condition: WriteCondition("#status = :open"),
///     names: ["#status": "status"],
///     values: [":open": "OPEN"]
/// )
/// try await DynamoDBClient().transactWriteItems([.check(isOpen), .update(addToTotal(order))])
/// ```
public struct ConditionCheck: Sendable {
    /// The table's name or ARN.
    public var table: String
    /// The attributes of the item's primary key, and no others.
    public var key: Item
    /// What must hold for the item that has this key now.
    public var condition: WriteCondition
    /// What the `#names` of the condition stand for.
    public var names: [String: String]
    /// What the `:values` of the condition stand for.
    public var values: [String: AttributeValue]

    /// Creates a check of the item that has the key.
    public init(
        _ key: Item,
        in table: String,
        condition: WriteCondition,
        names: [String: String] = [:],
        values: [String: AttributeValue] = [:]
    ) {
        self.table = table
        self.key = key
        self.condition = condition
        self.names = names
        self.values = values
    }

    var json: RequestJSON { RequestJSON(table, "Key", key, condition, names, values) }
}

/// One action of a transaction.
public enum TransactWrite: Sendable {
    /// Puts an item.
    case put(PutItem)
    /// Updates an item.
    case update(UpdateItem)
    /// Deletes an item.
    case delete(DeleteItem)
    /// Checks an item that the transaction does not write.
    case check(ConditionCheck)

    var json: RequestJSON {
        var json = RequestJSON()
        switch self {
        case .put(let put): json.add("Put", json: put.json.bytes)
        case .update(let update): json.add("Update", json: update.json.bytes)
        case .delete(let delete): json.add("Delete", json: delete.json.bytes)
        case .check(let check): json.add("ConditionCheck", json: check.json.bytes)
        }
        return json
    }
}

extension RequestJSON {
    /// A write of one item: its table, the item or its key by its member's name, and its condition.
    fileprivate init(
        _ table: String,
        _ member: String,
        _ item: Item,
        update: String? = nil,
        _ condition: WriteCondition?,
        _ names: [String: String],
        _ values: [String: AttributeValue]
    ) {
        self.init()
        add("TableName", resource: table)
        add(member, json: item.json)
        add("UpdateExpression", update)
        add("ConditionExpression", condition?.expression)
        add("ExpressionAttributeNames", names: names)
        add("ExpressionAttributeValues", values: values)
        if condition?.returnsItem == true { add("ReturnValuesOnConditionCheckFailure", "ALL_OLD") }
    }
}
