// Sequence numbers compare as numbers, whatever their length.

import DynamoDBStreamEvents
import Testing

@Suite("Sequence numbers")
struct SequenceNumberTests {
    @Test(
        "the text is kept exactly",
        arguments: [
            "0", "111", "13021600000000001596893679", "1405400000000002063282832", "000111",
            "9999999999999999999", "10000000000000000000", "18446744073709551616",
            "99999999999999999999999999999999999999", "100000000000000000000000000000000000000",
            "9999999999999999999999999999999999999999", "0000000000000000000000000000000000000001",
            // LocalStack's, and the borders of the groups that a number is held in.
            "49611974300205315735694662545343431332397447507475431426",
            String(repeating: "9", count: 57), "1" + String(repeating: "0", count: 57),
            String(repeating: "7", count: 76), "1" + String(repeating: "0", count: 76),
            String(repeating: "0", count: 70) + "5", String(repeating: "123456789", count: 111),
        ]
    )
    func text(digits: String) {
        #expect(SequenceNumber(digits)?.description == digits)
    }

    @Test(
        "order is that of numbers and not of text",
        arguments: [
            ("9", "10"), ("99999999999999999999", "100000000000000000000"),
            ("1405400000000002063282832", "13021600000000001596893679"),
            ("9999999999999999999", "10000000000000000000"), ("0999", "1000"),
            ("99999999999999999999999999999999999999", "100000000000000000000000000000000000000"),
            ("8999999999999999999999999999999999999999", "9000000000000000000000000000000000000000"),
            (
                "49611974300205315735694662545343431332397447507475431426",
                "49611974300205315735694662545343431332397447507475431427"
            ),
            ("9999999999999999999999999999999999999999", "49611974300205315735694662545343431332397447507475431426"),
            (String(repeating: "9", count: 57), "1" + String(repeating: "0", count: 57)),
            (String(repeating: "9", count: 76), "1" + String(repeating: "0", count: 76)),
            ("1" + String(repeating: "0", count: 99), "2" + String(repeating: "0", count: 99)),
            ("1" + String(repeating: "0", count: 98) + "1", "1" + String(repeating: "0", count: 98) + "2"),
            (String(repeating: "0", count: 80) + "7", "10"),
        ]
    )
    func order(lower: String, higher: String) throws {
        let lower = try #require(SequenceNumber(lower))
        let higher = try #require(SequenceNumber(higher))
        #expect(lower < higher)
        #expect(!(higher < lower))
        #expect(lower != higher)
    }

    @Test("leading zeros do not make another number")
    func leadingZeros() throws {
        let plain = try #require(SequenceNumber("111"))
        let padded = try #require(SequenceNumber("000111"))
        #expect(plain == padded)
        #expect(Set([plain, padded]).count == 1)
        let long = try #require(SequenceNumber(String(repeating: "0", count: 200) + "111"))
        #expect(plain == long && Set([plain, long]).count == 1)
    }

    @Test(
        "anything but digits is none",
        arguments: ["", " 1", "1 ", "-1", "+1", "1.0", "１", "1e3", "0x1", String(repeating: "1", count: 1_001)]
    )
    func refused(text: String) {
        #expect(SequenceNumber(text) == nil)
    }
}
