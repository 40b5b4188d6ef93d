// The error types that the platform keeps, and how it replaces others.

enum ErrorType {
    static let exit = "Runtime.ExitError"
    static let invalidEntrypoint = "Runtime.InvalidEntrypoint"
    static let invalidResponseMode = "Runtime.InvalidResponseModeHeader"
    static let truncatedResponse = "Runtime.TruncatedResponse"
    static let runtimeUnknown = "Runtime.Unknown"
    static let functionUnknown = "Function.Unknown"
    static let responseTooLarge = "Function.ResponseSizeTooLarge"
    static let timedOut = "Sandbox.Timedout"

    /// A type is kept if it contains `(Runtime|Function)\.[A-Z][a-zA-Z]+`. Otherwise a type that begins with
    /// `Function.` becomes the function's unknown error, and any other the runtime's
    /// (aws-lambda-runtime-interface-emulator, `fatalerror.go`).
    static func normalized(_ type: String) -> String {
        let bytes = Array(type.utf8)
        for prefix in [Array("Runtime.".utf8), Array("Function.".utf8)] {
            var start = 0
            while start + prefix.count + 1 < bytes.count {
                if bytes[start...].starts(with: prefix) {
                    let first = bytes[start + prefix.count]
                    let second = bytes[start + prefix.count + 1]
                    if first.isUppercaseLetter, second.isLetter { return type }
                }
                start += 1
            }
        }
        return type.hasPrefix("Function.") ? functionUnknown : runtimeUnknown
    }
}

extension UInt8 {
    fileprivate var isUppercaseLetter: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    fileprivate var isLetter: Bool { isUppercaseLetter || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
}
