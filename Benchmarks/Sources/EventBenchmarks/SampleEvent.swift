// An event of 10,000 records and just under 6 MB, made of orders.

/// Key order, spelling and sizes are those of real events.
func sampleEvent(recordCount: Int) -> [UInt8] {
    var json = "{\"Records\":["
    for number in 0..<recordCount {
        if number > 0 { json += "," }
        let id = String(9_000_000 + number * 7_919 % 999_983)
        json += """
            {"eventID":"7de3041dd709b024af6f29e4f\(id)","eventName":"INSERT","eventVersion":"1.1",\
            "eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1.693997155E9,\
            "Keys":{"id":{"S":"order-\(id)"}},"NewImage":{"id":{"S":"order-\(id)"},"total":{"N":"\(number % 977).50"},\
            "status":{"S":"OPEN"},"quantity":{"N":"\(number % 13)"},"updatedAt":{"N":"1763694000"},\
            "paid":{"BOOL":true}},"SequenceNumber":"130216000000000015968\(id)","SizeBytes":112,\
            "StreamViewType":"NEW_AND_OLD_IMAGES"},\
            "eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/Orders/stream/2026-11-21T00:00:00.000"}
            """
    }
    return Array((json + "]}").utf8)
}

/// Modifications, with both images.
func changeEvent(recordCount: Int) -> [UInt8] {
    var json = "{\"Records\":["
    for number in 0..<recordCount {
        if number > 0 { json += "," }
        let id = String(9_000_000 + number * 7_919 % 999_983)
        json += """
            {"eventID":"7de3041dd709b024af6f29e4f\(id)","eventName":"MODIFY","eventVersion":"1.1",\
            "eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1.693997155E9,\
            "Keys":{"id":{"S":"order-\(id)"}},"NewImage":\(image(id, number + 1)),"OldImage":\(image(id, number)),\
            "SequenceNumber":"130216000000000015968\(id)","SizeBytes":224,"StreamViewType":"NEW_AND_OLD_IMAGES"},\
            "eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/Orders/stream/2026-11-21T00:00:00.000"}
            """
    }
    return Array((json + "]}").utf8)
}

private func image(_ id: String, _ number: Int) -> String {
    """
    {"id":{"S":"order-\(id)"},"total":{"N":"\(number % 977).50"},"status":{"S":"OPEN"},\
    "quantity":{"N":"\(number % 13)"},"updatedAt":{"N":"1763694000"},"paid":{"BOOL":true}}
    """
}
