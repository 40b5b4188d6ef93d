// Foundation's value types, which the library recognises without linking Foundation.

import DynamoDBStreamEvents
import Foundation
import Testing

@Suite("Foundation's types")
struct FoundationTypeTests {
    @Test("binary data decodes into bytes and Data")
    func binary() throws {
        #expect(try decode(#"{"B":"AAEqQQ=="}"#, as: [UInt8].self) == [0, 1, 42, 65])
        #expect(try decode(#"{"B":"AAEqQQ=="}"#, as: Data.self) == Data([0, 1, 42, 65]))
        #expect(try decode(#"{"B":""}"#, as: Data.self) == Data())
        #expect(try decode(#"{"L":[{"N":"1"},{"N":"255"}]}"#, as: [UInt8].self) == [1, 255])
        #expect(try decode(#"{"NS":["1","255"]}"#, as: Data.self) == Data([1, 255]))
        #expect(try decodingError(Box<Data>.self, from: #"{"value":{"B":"?"}}"#) == "value: the value is not base64")
        #expect(
            try decodingError(Box<Data>.self, from: #"{"value":{"S":"QQ=="}}"#)
                == "value: expected binary data, found a string"
        )
    }

    @Test("dates are epoch seconds unless another strategy is chosen")
    func dates() throws {
        #expect(try decode(#"{"N":"1480642020"}"#, as: Date.self) == Date(timeIntervalSince1970: 1_480_642_020))
        #expect(try decode(#"{"N":"1480642020.5"}"#, as: Date.self) == Date(timeIntervalSince1970: 1_480_642_020.5))
        #expect(try decode(#"{"N":"-0.5"}"#, as: Date.self) == Date(timeIntervalSince1970: -0.5))
        let milliseconds = AttributeValueDecoder(dateDecodingStrategy: .epochMilliseconds)
        #expect(
            try decode(#"{"N":"1480642020250"}"#, as: Date.self, using: milliseconds).timeIntervalSince1970
                == 1_480_642_020.25
        )
        let iso = AttributeValueDecoder(dateDecodingStrategy: .iso8601)
        #expect(
            try decode(#"{"S":"2016-12-02T01:27:00Z"}"#, as: Date.self, using: iso).timeIntervalSince1970
                == 1_480_642_020
        )
        #expect(
            try decode(#"{"S":"2016-12-02T03:27:00.5+02:00"}"#, as: Date.self, using: iso).timeIntervalSince1970
                == 1_480_642_020.5
        )
        let custom = AttributeValueDecoder(
            dateDecodingStrategy: .custom { value in
                EpochTime(seconds: (value.number?.exactly(Int64.self) ?? 0) * 60)
            }
        )
        #expect(try decode(#"{"N":"2"}"#, as: Date.self, using: custom).timeIntervalSince1970 == 120)
        #expect(
            try decodingError(Box<Date>.self, from: #"{"value":{"S":"2016-12-02T01:27:00Z"}}"#)
                == "value: expected a number, found a string"
        )
        #expect(
            try decodingError(Box<Date>.self, from: #"{"value":{"S":"yesterday"}}"#, using: iso).hasPrefix(
                "value: expected an ISO 8601 date"
            )
        )
        #expect(
            try decodingError(Box<Date>.self, from: #"{"value":{"N":"1e99"}}"#) == "value: the date is too far away"
        )
    }

    @Test(
        "Decimal is exact",
        arguments: [
            "0", "1", "-1", "0.1", "123.45", "-0.00001", "12345678901234567890123456789012345678",
            "1234567890123456789012345678901234.5678", "1E-128", "1E127", "9.9E125", "100",
            "-99999999999999999999999999999999999999",
        ]
    )
    func decimals(text: String) throws {
        let decimal = try decode(#"{"N":"\#(text)"}"#, as: Decimal.self)
        #expect(decimal == Decimal(string: text))
        let encoded = try AttributeValueEncoder().encode(decimal)
        #expect(encoded.number == AttributeNumber(text))
    }

    @Test("what Decimal cannot hold is an error and not another number")
    func decimalRange() throws {
        let atTheEdge = try decode(#"{"N":"1E128"}"#, as: Decimal.self)
        #expect("\(atTheEdge)" == "1" + String(repeating: "0", count: 128))
        for text in ["1E-129", "1E-130", "1.23E-128", "1" + String(repeating: "2", count: 40), "1E999999999"] {
            #expect(
                try decodingError(Box<Decimal>.self, from: #"{"value":{"N":"\#(text)"}}"#)
                    == "value: \(text) does not fit into Decimal"
            )
        }
    }

    @Test("UUID and URL come from strings")
    func foundationStrings() throws {
        let id = UUID()
        #expect(try decode(#"{"S":"\#(id)"}"#, as: UUID.self) == id)
        #expect(
            try decode(#"{"S":"https://example.com/a?b#c"}"#, as: URL.self) == URL(string: "https://example.com/a?b#c")
        )
        #expect(
            try decodingError(Box<UUID>.self, from: #"{"value":{"S":"x"}}"#) == "value: expected a UUID, found \"x\""
        )
        #expect(try decodingError(Box<URL>.self, from: #"{"value":{"S":""}}"#) == "value: expected a URL, found \"\"")
    }
}
