// A thrown error in the form that the platform takes: a type it keeps, a message, a stack trace, as valid JSON.

internal import JSONScanning

/// An error that decides how it is reported.
///
/// ```swift
/// struct OutOfStock: LambdaErrorConvertible {
///     let item: String
///     var lambdaErrorType: String { "Function.OutOfStock" }
///     var lambdaErrorMessage: String { "\(item) is out of stock" }
/// }
/// ```
///
/// Any other error is reported with its type's name and its description.
public protocol LambdaErrorConvertible: Error {
    /// The value of `errorType`, in the platform's form `Function.<Reason>`.
    var lambdaErrorType: String { get }
    /// The value of `errorMessage`.
    var lambdaErrorMessage: String { get }
    /// The value of `stackTrace`, innermost call first.
    var lambdaStackTrace: [String] { get }
}

extension LambdaErrorConvertible {
    public var lambdaErrorType: String { ErrorReport.functionErrorType(of: self) }
    public var lambdaErrorMessage: String { String(describing: self) }
    public var lambdaStackTrace: [String] { [] }
}

package struct ErrorReport: Sendable, Hashable {
    package let errorType: String
    package let errorMessage: String
    package let stackTrace: [String]

    /// A longer message is cut: the platform refuses error bodies above 1 MiB.
    private static let maximumMessageSize = 64 * 1024

    package init(_ error: any Error) {
        if let error = error as? any LambdaErrorConvertible {
            errorType = Self.headerSafe(error.lambdaErrorType) ?? Self.functionErrorType(of: error)
            errorMessage = Self.bounded(error.lambdaErrorMessage)
            stackTrace = Self.bounded(error.lambdaStackTrace)
        } else {
            errorType = Self.functionErrorType(of: error)
            errorMessage = Self.bounded(String(describing: error))
            stackTrace = []
        }
    }

    /// The body of `/error` and `/init/error`.
    package var json: [UInt8] {
        var json: [UInt8] = []
        json.append(contentsOf: #"{"errorMessage":"#.utf8)
        json.appendJSONString(errorMessage)
        json.append(contentsOf: #","errorType":"#.utf8)
        json.appendJSONString(errorType)
        json.append(contentsOf: #","stackTrace":["#.utf8)
        for (index, frame) in stackTrace.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json.appendJSONString(frame)
        }
        json.append(contentsOf: "]}".utf8)
        return json
    }

    /// `Function.<TypeName>`: the platform keeps a type only if it contains `(Runtime|Function)\.[A-Z][a-zA-Z]+`, and
    /// records one without such a prefix as the runtime's own fault.
    static func functionErrorType(of error: any Error) -> String {
        // "MyError<Payload>" and "(unknown context at $1234).MyError" both name MyError.
        let described = String(describing: type(of: error)).prefix { $0 != "<" }
        let bare = described.split(separator: ".").last ?? ""
        var name = bare.utf8.filter { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }[...]
        name = name.drop { !$0.isLetter }
        guard let first = name.first, let second = name.dropFirst().first, second.isLetter else {
            return "Function.Error"
        }
        return "Function." + String(decoding: [first & ~0x20] + name.dropFirst(), as: UTF8.self)
    }

    /// The type as given if it can stand in a header: printable ASCII and short.
    private static func headerSafe(_ type: String) -> String? {
        let isPrintable = !type.isEmpty && type.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isPrintable && type.utf8.count <= 256 ? type : nil
    }

    /// The innermost frames, as many as the size of a message allows.
    private static func bounded(_ trace: [String]) -> [String] {
        var size = 0
        return Array(
            trace.prefix { frame in
                size += frame.utf8.count + 3
                return size <= maximumMessageSize
            }
        )
    }

    private static func bounded(_ message: String) -> String {
        guard message.utf8.count > maximumMessageSize else { return message }
        return String(decoding: message.utf8.prefix(maximumMessageSize), as: UTF8.self) + "… (cut)"
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}

extension Error {
    /// The type and the message that Lambda receives for this error.
    package var report: (type: String, message: String) {
        let report = ErrorReport(self)
        return (report.errorType, report.errorMessage)
    }
}
