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
        escaped = string.withUTF8 { Self.escape($0) }[...]
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// Escapes decoded UTF-8 bytes.
    public init(escaping bytes: ArraySlice<UInt8>) {
        escaped = bytes.withUnsafeBufferPointer { Self.escape($0) }[...]
    }

    /// Escapes decoded UTF-8 bytes.
    public init(escaping bytes: [UInt8]) {
        self.init(escaping: bytes[...])
    }

    @inlinable public var isEmpty: Bool { escaped.isEmpty }

    /// Whether nothing but JSON's white space is in it, escaped in whatever way or not.
    public var isBlank: Bool {
        guard let first = escaped.first else { return true }
        guard first == 0x20 || first == UInt8(ascii: "\\") else { return false }
        return decodedBytes.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }

    /// Whether the decoded contents equal an ASCII literal.
    public func equals(_ literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        if escaped.count == length {
            return escaped.withUnsafeBufferPointer { haveSameBytes($0.baseAddress, at: 0, literal.utf8Start, length) }
        }
        // Only an escaped spelling can be longer than the literal and still equal it.
        guard escaped.count > length, escaped.contains(UInt8(ascii: "\\")) else { return false }
        return decodedBytes.elementsEqual(UnsafeBufferPointer(start: literal.utf8Start, count: length))
    }

    /// Whether the contents begin with ASCII characters that need no escaping, as they stand.
    public func starts(with literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard escaped.count >= length else { return false }
        return escaped.withUnsafeBufferPointer { haveSameBytes($0.baseAddress, at: 0, literal.utf8Start, length) }
    }

    public static func == (left: JSONText, right: JSONText) -> Bool {
        guard left.escaped.count == right.escaped.count else { return false }
        // A comparison of sequences takes ten times as long.
        return left.escaped.withUnsafeBufferPointer { left in
            right.escaped.withUnsafeBufferPointer { right in
                guard let start = right.baseAddress else { return true }
                return haveSameBytes(left.baseAddress, at: 0, start, left.count)
            }
        }
    }

    public func hash(into hasher: inout Hasher) {
        escaped.withUnsafeBytes { hasher.combine(bytes: $0) }
        hasher.combine(escaped.count)
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
        while let next = escaped[index...].firstIndex(of: UInt8(ascii: "\\")), next + 1 < escaped.endIndex {
            output.append(contentsOf: escaped[index..<next])
            index = next + 2
            switch escaped[next + 1] {
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "u"): index = decodeUnicodeEscape(at: next, into: &output)
            case let other: output.append(other)
            }
        }
        output.append(contentsOf: escaped[index...])
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

    private static func escape(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(bytes.count + bytes.count / 16)
        escaped.appendEscaped(bytes)
        return escaped
    }
}

extension [UInt8] {
    /// Appends decoded UTF-8 with what JSON demands escaped.
    ///
    /// Copies what needs no escape in runs: most texts have an escape every hundred bytes or so.
    mutating func appendEscaped(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return }
        var start = 0
        while true {
            let end = Self.plainEnd(of: bytes, base, from: start)
            append(contentsOf: UnsafeBufferPointer(start: base + start, count: end - start))
            guard end < bytes.count else { return }
            appendEscape(of: base[end])
            start = end + 1
        }
    }

    /// The first byte that needs an escape; found sixteen bytes at a time.
    private static func plainEnd(
        of bytes: UnsafeBufferPointer<UInt8>, _ base: UnsafePointer<UInt8>, from start: Int
    ) -> Int {
        var position = start
        while position &+ 16 <= bytes.count {
            let block = UnsafeRawPointer(base + position).loadUnaligned(as: SIMD16<UInt8>.self)
            let halves =
                JSONInput.halves(block .< SIMD16(repeating: 0x20))
                | JSONInput.halves(block .== SIMD16(repeating: 0x22))
                | JSONInput.halves(block .== SIMD16(repeating: 0x5C))
            if halves[0] | halves[1] != 0 { break }
            position &+= 16
        }
        while position < bytes.count, !needsEscape(base[position]) { position &+= 1 }
        return position
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func appendEscape(of byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0..<0x20:
            let digits: StaticString = "0123456789abcdef"
            append(UInt8(ascii: "u"))
            append(UInt8(ascii: "0"))
            append(UInt8(ascii: "0"))
            append(digits.utf8Start[Int(byte >> 4)])
            append(digits.utf8Start[Int(byte & 15)])
        default: append(byte)
        }
    }
}
