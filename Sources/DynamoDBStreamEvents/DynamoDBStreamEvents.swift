// DynamoDBStreamEvents
