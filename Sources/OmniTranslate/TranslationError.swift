/// Why a body cannot be understood or cannot be said in another wire format.
public struct TranslationError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The body breaks its own format: wrong type, missing field, illegal order.
        case invalid
        /// The target format cannot express it and leaving it out would change the meaning.
        case unsupported
        /// An upstream's answer is not what its format allows.
        case malformedAnswer
    }

    public let code: Code
    /// Starts lower-case; names the field; no contents of the body.
    public let message: String
    /// Where, such as `messages[2].content[0].type`.
    public let path: String?

    public init(_ code: Code, _ message: String, at path: String? = nil) {
        self.code = code
        self.message = message
        self.path = path
    }

    public var description: String { path.map { "\($0): \(message)" } ?? message }
}
