// The refusal of a mapping: AWS's error code and its words.

/// A mapping that AWS would not have created.
///
/// ```swift
/// do {
///     try EventSourceMappingConfiguration(batchSize: 20_000).validate()
/// } catch {
///     print(error.code, error.message)
/// }
/// ```
public struct AdmissionError: Error, Hashable, Sendable {
    /// The error's name, which programs compare.
    public let code: Code
    /// AWS's own text, except where ``isVerbatim`` is false.
    public let message: String
    /// Whether `message` has AWS's words; false if these are not known and the message says what to do.
    public let isVerbatim: Bool
    /// The exact problem, if AWS's text does not name it.
    public let detail: String?

    /// The error's name in the Lambda API, or in the AWS SDKs for what they refuse themselves.
    public enum Code: String, Hashable, Sendable {
        /// A value that the API's model does not allow: out of its range, or not one of its names.
        case validation = "ValidationException"
        /// A value that the API's model allows and Lambda refuses.
        case invalidParameterValue = "InvalidParameterValueException"
        /// A second mapping of the same stream and function.
        case resourceConflict = "ResourceConflictException"
        /// A request body that cannot be read.
        case invalidRequestContent = "InvalidRequestContentException"
        /// A name that the API does not have. The SDKs refuse it before anything is sent.
        case unknownParameter = "ParamValidationError"
    }

    init(_ code: Code, _ message: String, isVerbatim: Bool = true, detail: String? = nil) {
        self.code = code
        self.message = message
        self.isVerbatim = isVerbatim
        self.detail = detail
    }
}

extension AdmissionError: CustomStringConvertible {
    public var description: String {
        "\(code.rawValue): \(message)" + (detail.map { " (\($0))" } ?? "")
    }
}
