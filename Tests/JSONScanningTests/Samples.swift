// Documents for the tests, and what is done to them.

import JSONScanning

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func scan(_ text: String) throws -> JSONNode { try JSONDocument(bytes(text)).root }

func accepts(_ bytes: [UInt8]) -> Bool { (try? JSONDocument(bytes)) != nil }

let sampleRecord = #"""
    {"eventID":"7de3041dd709b024af6f29e4fa13d34c","eventName":"MODIFY","eventVersion":"1.1",
    "eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1479499740,
    "Keys":{"Timestamp":{"S":"2016-11-18:12:09:36"},"Username":{"S":"Jörg \u00e4 \"q\" \\"}},
    "NewImage":{"Message":{"S":"日本語 \ud83d\ude00 👩‍🚀"},"n":{"N":"-1.5e+3"},"l":{"L":[{"NULL":true},{"BOOL":false},[]]}},
    "SequenceNumber":"13021600000000001596893679","SizeBytes":1.12e2,"StreamViewType":"NEW_IMAGE"},"x":[ null , {} ]}
    """#
