// The four things a transaction can hold, three of which are calls of their own too.

public import DynamoDBStreamEvents

/// Which attributes a write gives back.
public enum ReturnValues: String, Sendable, Hashable {
    case none = "NONE"
    /// The whole item as it was before.
    case allOld = "ALL_OLD"
    case updatedOld = "UPDATED_OLD"
    /// The whole item as it is now.
    case allNew = "ALL_NEW"
    case updatedNew = "UPDATED_NEW"
}

/// Under which circumstances a write is carried out ("Condition expressions" in the Amazon DynamoDB Developer Guide).
public struct WriteCondition: Sendable, Hashable {
    /// `attribute_not_exists(#id) OR #expiry < :now`
    public var expression: String
    /// Whether the item that is there comes with the error when the condition fails. That costs no capacity.
    public var returnsItem: Bool

    public init(_ expression: String, returnsItem: Bool = true) {
        self.expression = expression
        self.returnsItem = returnsItem
    }
}

/// Puts an item, and replaces one that has its key.
public struct PutItem: Sendable {
    public var table: String
    public var item: Item
    public var condition: WriteCondition?
    /// What the `#names` of the condition stand for.
    public var names: [String: String]
    /// What the `:values` of the condition stand for.
    public var values: [String: AttributeValue]

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

/// Changes attributes of an item, or makes one of its key and these.
public struct UpdateItem: Sendable {
    public var table: String
    public var key: Item
    /// `SET #status = :status REMOVE #lease`
    public var update: String
    public var condition: WriteCondition?
    /// Whether the client may send the update again after a lost reply, when it may have been carried out already.
    ///
    /// Nil, the default, judges by ``update``: one that adds (`ADD`, `+`, `-`), appends (`list_append`), copies another
    /// attribute (`SET previous = latest, latest = :new`) or names an element of a list (`[0]`) is not repeated. Set it to true where a condition lets the update be carried out once
    /// only, as one on a version number or a token does.
    public var mayBeRepeated: Bool?
    /// What the `#names` of both expressions stand for.
    public var names: [String: String]
    /// What the `:values` of both expressions stand for.
    public var values: [String: AttributeValue]

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
public struct DeleteItem: Sendable {
    public var table: String
    public var key: Item
    public var condition: WriteCondition?
    /// What the `#names` of the condition stand for.
    public var names: [String: String]
    /// What the `:values` of the condition stand for.
    public var values: [String: AttributeValue]

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

/// Keeps a transaction from being carried out unless its condition holds for an item.
public struct ConditionCheck: Sendable {
    public var table: String
    public var key: Item
    public var condition: WriteCondition
    /// What the `#names` of the condition stand for.
    public var names: [String: String]
    /// What the `:values` of the condition stand for.
    public var values: [String: AttributeValue]

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
    case put(PutItem)
    case update(UpdateItem)
    case delete(DeleteItem)
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
    /// A write of one item: its table, the item or its key by its member's name, and under which condition.
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
        add("TableName", table)
        add(member, json: item.json)
        add("UpdateExpression", update)
        add("ConditionExpression", condition?.expression)
        add("ExpressionAttributeNames", names: names)
        add("ExpressionAttributeValues", values: values)
        if condition?.returnsItem == true { add("ReturnValuesOnConditionCheckFailure", "ALL_OLD") }
    }
}
