/// Why a sequence of bytes is not an acceptable JSON text.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that was broken.
    public enum Code: String, Sendable {
        case empty, unexpectedEnd, unexpectedByte, invalidNumber, invalidEscape, invalidUTF8, controlCharacter
        case trailingBytes, tooDeep, tooLarge
    }

    public let code: Code
    /// Offset in bytes of the first byte that cannot be accepted.
    public let offset: Int

    public init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    public var description: String {
        let reason =
            switch code {
            case .empty: "no JSON value"
            case .unexpectedEnd: "the text ends inside a value"
            case .unexpectedByte: "unexpected character"
            case .invalidNumber: "malformed number"
            case .invalidEscape: "malformed escape sequence in a string"
            case .invalidUTF8: "invalid UTF-8 in a string"
            case .controlCharacter: "unescaped control character in a string"
            case .trailingBytes: "more text after the value"
            case .tooDeep: "nested too deeply"
            case .tooLarge: "too large"
            }
        return "\(reason) at byte \(offset)"
    }
}

/// Bounds that a JSON text must keep, so that hostile input costs neither stack nor memory.
public struct JSONLimits: Hashable, Sendable {
    /// The deepest nesting of arrays and objects accepted.
    ///
    /// Default: 256.
    public var maximumDepth: Int
    /// The longest text accepted, in bytes.
    ///
    /// Offsets are 32 bits wide. Default: 1 GiB.
    public var maximumBytes: Int

    public init(maximumDepth: Int = 256, maximumBytes: Int = 1 << 30) {
        self.maximumDepth = maximumDepth
        self.maximumBytes = min(maximumBytes, Int(Int32.max))
    }
}
