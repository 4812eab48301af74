import OmniJSON

/// Follows a JSON value that arrives in pieces of an escaped string, and knows when it is whole.
///
/// Only objects and arrays can be known to be whole; other values stay incomplete.
struct JSONTextCompleteness: Sendable {
    private(set) var isEmpty = true
    private(set) var isComplete = false
    private var depth = 0
    private var isInString = false
    /// A backslash of the carrying string was read.
    private var isEscape = false
    /// A backslash inside a string of the carried value was read.
    private var isInnerEscape = false
    /// Digits of a `\u` escape that are still to come, and their value so far.
    private var digitsLeft = 0
    private var code: UInt32 = 0

    mutating func append(_ text: JSONText) {
        guard !text.isEmpty else { return }
        for byte in text.escaped {
            if digitsLeft > 0 {
                code = code << 4 | Self.digit(byte)
                digitsLeft -= 1
                if digitsLeft == 0 { take(code < 0x80 ? UInt8(code) : 0x80) }
            } else if isEscape {
                isEscape = false
                if byte == UInt8(ascii: "u") {
                    digitsLeft = 4
                    code = 0
                } else {
                    // The only escapes with a meaning to JSON's structure are quote and backslash.
                    take(byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? byte : 0x20)
                }
            } else if byte == UInt8(ascii: "\\") {
                isEscape = true
            } else {
                take(byte)
            }
        }
    }

    /// One decoded byte of the carried value.
    private mutating func take(_ byte: UInt8) {
        if isInnerEscape {
            isInnerEscape = false
            return
        }
        switch byte {
        case UInt8(ascii: "\\"): isInnerEscape = isInString
        case UInt8(ascii: "\""): isInString.toggle()
        case UInt8(ascii: "{"), UInt8(ascii: "["): if !isInString { depth += 1 }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            guard !isInString else { return }
            depth -= 1
            isComplete = depth == 0
        case 0x20, 0x0A, 0x0D, 0x09: return
        default: break
        }
        isEmpty = false
    }

    private static func digit(_ byte: UInt8) -> UInt32 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        default: UInt32(byte & 0xDF &- UInt8(ascii: "A")) & 0x0F + 10
        }
    }
}
