// Sequence numbers compare as numbers of any length that AWS documents.

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
    }

    @Test(
        "anything but 1 to 40 digits is none",
        arguments: ["", " 1", "1 ", "-1", "+1", "1.0", "１", "1e3", "0x1", "12345678901234567890123456789012345678901"]
    )
    func refused(text: String) {
        #expect(SequenceNumber(text) == nil)
    }
}
