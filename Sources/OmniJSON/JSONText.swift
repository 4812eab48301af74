/// The contents of a JSON string in escaped form: what stands between the quotes.
///
/// Carried from one text to another without decoding, so escapes survive. Equality compares the escaped form.
public struct JSONText: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Bytes between the quotes: valid UTF-8, quotes, backslashes and control characters escaped.
    public var escaped: ArraySlice<UInt8>

    /// - Parameter escaped: contents of a valid JSON string without its quotes; not checked.
    public init(escaped: ArraySlice<UInt8>) {
        self.escaped = escaped
    }

    /// Escapes what JSON demands and nothing else.
    public init(_ string: String) {
        var string = string
        self = string.withUTF8 { JSONText(escaping: $0) }
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// Escapes decoded UTF-8 bytes.
    public init(escaping bytes: some Sequence<UInt8>) {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(bytes.underestimatedCount + 16)
        for byte in bytes { Self.append(byte, to: &escaped) }
        self.escaped = escaped[...]
    }

    public var isEmpty: Bool { escaped.isEmpty }

    /// Whether nothing but JSON's white space is in it, escaped in whatever way or not.
    public var isBlank: Bool {
        guard let first = escaped.first else { return true }
        guard first == 0x20 || first == UInt8(ascii: "\\") else { return false }
        return decodedBytes.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }

    /// Whether the decoded contents equal an ASCII literal.
    public func equals(_ literal: StaticString) -> Bool {
        if escaped.count == literal.utf8CodeUnitCount {
            return escaped.elementsEqual(UnsafeBufferPointer(start: literal.utf8Start, count: escaped.count))
        }
        // Only an escaped spelling can be longer than the literal and still equal it.
        guard escaped.count > literal.utf8CodeUnitCount, escaped.contains(UInt8(ascii: "\\")) else { return false }
        return decodedBytes.elementsEqual(
            UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    public var string: String {
        guard escaped.contains(UInt8(ascii: "\\")) else { return String(decoding: escaped, as: UTF8.self) }
        return String(decoding: decodedBytes, as: UTF8.self)
    }

    /// The decoded contents as UTF-8.
    ///
    /// Unpaired surrogates become U+FFFD.
    public var decodedBytes: [UInt8] {
        guard escaped.contains(UInt8(ascii: "\\")) else { return Array(escaped) }
        var output: [UInt8] = []
        output.reserveCapacity(escaped.count)
        var index = escaped.startIndex
        while index < escaped.endIndex {
            let byte = escaped[index]
            guard byte == UInt8(ascii: "\\"), index + 1 < escaped.endIndex else {
                output.append(byte)
                index += 1
                continue
            }
            switch escaped[index + 1] {
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "u"):
                index = decodeUnicodeEscape(at: index, into: &output)
                continue
            case let other: output.append(other)
            }
            index += 2
        }
        return output
    }

    private func decodeUnicodeEscape(at index: Int, into output: inout [UInt8]) -> Int {
        guard var code = codeUnit(at: index) else { return index + 2 }
        var next = index + 6
        if (0xD800..<0xDC00).contains(code), let low = codeUnit(at: next), (0xDC00..<0xE000).contains(low) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            next += 6
        }
        output.append(contentsOf: Character(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
        return next
    }

    /// The code unit of a `\uXXXX` at an index, or nil when there is none.
    private func codeUnit(at index: Int) -> UInt32? {
        guard index + 6 <= escaped.endIndex, escaped[index] == UInt8(ascii: "\\"),
            escaped[index + 1] == UInt8(ascii: "u")
        else { return nil }
        var code: UInt32 = 0
        for offset in 2..<6 {
            guard let digit = hexValue(escaped[index + offset]) else { return nil }
            code = code << 4 | digit
        }
        return code
    }

    public static func + (left: JSONText, right: JSONText) -> JSONText {
        if left.isEmpty { return right }
        if right.isEmpty { return left }
        return JSONText(escaped: left.escaped + right.escaped)
    }

    public static func += (left: inout JSONText, right: JSONText) {
        if left.isEmpty { left = right } else { left.escaped += right.escaped }
    }

    static func append(_ byte: UInt8, to escaped: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): escaped += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
        case UInt8(ascii: "\\"): escaped += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
        case 0x0A: escaped += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        case 0x0D: escaped += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
        case 0x09: escaped += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            escaped += Array("\\u00".utf8)
            escaped.append(digits[Int(byte >> 4)])
            escaped.append(digits[Int(byte & 15)])
        default: escaped.append(byte)
        }
    }
}
