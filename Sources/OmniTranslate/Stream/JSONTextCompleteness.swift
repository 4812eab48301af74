import OmniJSON

/// Follows a JSON value that arrives in pieces of an escaped string, and knows when it is whole.
///
/// Only objects and arrays can be known to be whole; other values stay incomplete.
struct JSONTextCompleteness: Sendable {
    private static let null = Array("null".utf8)

    private(set) var isEmpty = true
    private(set) var isComplete = false
    /// How many letters of `null` were read, and nothing else; nil once it can be neither `null` nor blank.
    private var nullLetters: Int? = 0
    private var depth = 0
    private var isInString = false
    /// A backslash of the carrying string was read.
    private var isEscape = false
    /// A backslash inside a string of the carried value was read.
    private var isInnerEscape = false
    /// Digits of a `\u` escape that are still to come, and their value so far.
    private var digitsLeft = 0
    private var code: UInt32 = 0

    /// Whether it is blank or `null`: what servers write for a call without arguments.
    var isNothing: Bool { nullLetters == 0 || nullLetters == 4 }

    /// Whether it is nothing or the beginning of it.
    var mayBeNothing: Bool { nullLetters != nil }

    mutating func append(_ text: JSONText) {
        guard !text.isEmpty else { return }
        for byte in text.escaped { append(byte) }
    }

    /// One byte of the carrying string.
    mutating func append(_ byte: UInt8) {
        if digitsLeft > 0 {
            code = code << 4 | Self.digit(byte)
            digitsLeft -= 1
            if digitsLeft == 0 { take(code < 0x80 ? UInt8(code) : 0x80) }
        } else if isEscape {
            isEscape = false
            switch byte {
            case UInt8(ascii: "u"):
                digitsLeft = 4
                code = 0
            case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): take(0x20)
            default: take(byte)
            }
        } else if byte == UInt8(ascii: "\\") {
            isEscape = true
        } else {
            take(byte)
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
        if let letters = nullLetters {
            let isNext = letters < 4 && byte == Self.null[letters]
            nullLetters = isNext ? letters + 1 : nil
        }
    }

    private static func digit(_ byte: UInt8) -> UInt32 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        default: UInt32(byte & 0xDF &- UInt8(ascii: "A")) & 0x0F + 10
        }
    }
}
