// MD5 and SHA-256 beside the vectors of their standards and beside Python's hashlib.

import Idempotency
import Testing

@Suite("Digests")
struct DigestTests {
    @Test(
        "MD5 gives what RFC 1321 lists",
        arguments: [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (String(repeating: "1234567890", count: 8), "57edf4a22be3c955ac49da2e2107b67a"),
            (String(repeating: "a", count: 1_000_000), "7707d6ae4e027c70eea2a935c2296f21"),
        ]
    )
    func md5(message: String, digest: String) {
        #expect(MD5.digest(of: Array(message.utf8)).hexadecimal == digest)
    }

    @Test(
        "SHA-256 gives what FIPS 180 lists",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ]
    )
    func sha256(message: String, digest: String) {
        #expect(SHA256.digest(of: Array(message.utf8)).hexadecimal == digest)
    }

    /// The digest of the digests of 201 messages, so that one wrong bit in any of them shows; computed by hashlib.
    @Test("every length from 0 to 200 gives what hashlib gives")
    func lengths() {
        let messages = (0...200).map { count in (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + count) } }
        #expect(MD5.digest(of: messages.flatMap(MD5.digest)).hexadecimal == "a442e71c2813be22a1e4ba7304617cca")
        #expect(
            SHA256.digest(of: messages.flatMap(SHA256.digest)).hexadecimal
                == "e673d33f6940a6d3856d0d305fd88363ae0ba3b96e2411d8ddd5e0dd443f4525"
        )
    }
}
