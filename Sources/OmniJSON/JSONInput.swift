/// The bytes of a text under scan, and where each piece of its grammar (RFC 8259) ends.
///
/// Two words, handed on in registers; what it finds goes back as an offset.
struct JSONInput {
    private let base: UnsafePointer<UInt8>
    let count: Int

    /// - Parameter bytes: not empty; must outlive this value.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { preconditionFailure("only bytes that are there are scanned") }
        self.base = base
        count = bytes.count
    }

    /// - Parameter position: below ``count``.
    @inline(__always)  // One load.
    subscript(_ position: Int) -> UInt8 { base[position] }

    @inline(__always)  // Between nearly all tokens there is none.
    func spaceEnd(from start: Int) -> Int {
        var position = start
        while position < count, base[position] <= 0x20 {
            switch base[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return position
            }
        }
        return position
    }

    /// The end of ASCII that needs no attention, found sixteen bytes at a time: most of every request is such text.
    @inline(__always)  // The loop of the scanner: called, it would be handed everything anew for every name.
    func plainEnd(from start: Int) -> Int {
        var position = start
        while position &+ 16 <= count {
            let block = UnsafeRawPointer(base + position).loadUnaligned(as: SIMD16<Int8>.self)
            // As signed numbers the bytes below 0x20 and those above 0x7F are one range.
            let halves =
                Self.halves(block .< SIMD16(repeating: 0x20))
                | Self.halves(block .== SIMD16(repeating: 0x22)) | Self.halves(block .== SIMD16(repeating: 0x5C))
            let (low, high) = (halves[0].littleEndian, halves[1].littleEndian)
            if low | high != 0 {
                return position
                    &+ (low != 0 ? low.trailingZeroBitCount >> 3 : 8 &+ high.trailingZeroBitCount >> 3)
            }
            position &+= 16
        }
        while position < count {
            let byte = base[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 || byte >= 0x80 { break }
            position &+= 1
        }
        return position
    }

    /// The lanes of a mask as two words, all bits of a byte set or clear.
    ///
    /// Masks are joined as words: the operators of masks themselves are compiled lane by lane.
    @inline(__always)  // No instruction at all.
    static func halves(_ mask: SIMDMask<SIMD16<Int8>>) -> SIMD2<UInt64> {
        // SAFETY: both are sixteen bytes without padding.
        unsafeBitCast(mask, to: SIMD2<UInt64>.self)
    }

    /// - Parameter start: of the backslash.
    func escapeEnd(at start: Int) throws(JSONError) -> Int {
        guard start + 1 < count else { throw JSONError(.unexpectedEnd, at: count) }
        switch base[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            for offset in 2..<6 {
                guard start + offset < count else { throw JSONError(.unexpectedEnd, at: count) }
                guard hexValue(base[start + offset]) != nil else {
                    throw JSONError(.invalidEscape, at: start + offset)
                }
            }
            return start + 6
        default:
            throw JSONError(.invalidEscape, at: start + 1)
        }
    }

    /// The end of a run of characters of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF.
    func charactersEnd(at start: Int) throws(JSONError) -> Int {
        var position = start
        repeat { position = try characterEnd(at: position) } while position < count && base[position] >= 0x80
        return position
    }

    private func characterEnd(at start: Int) throws(JSONError) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch base[start] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONError(.invalidUTF8, at: start)
        }
        for offset in 1..<length {
            guard start + offset < count else { throw JSONError(.unexpectedEnd, at: count) }
            guard (offset == 1 ? second : 0x80...0xBF).contains(base[start + offset]) else {
                throw JSONError(.invalidUTF8, at: start + offset)
            }
        }
        return start + length
    }

    func literalEnd(at start: Int, _ literal: StaticString) throws(JSONError) -> Int {
        var position = start
        for offset in 0..<literal.utf8CodeUnitCount {
            guard position < count else { throw JSONError(.unexpectedEnd, at: position) }
            guard base[position] == literal.utf8Start[offset] else { throw JSONError(.unexpectedByte, at: position) }
            position += 1
        }
        return position
    }

    func numberEnd(at start: Int) throws(JSONError) -> Int {
        var position = start
        if base[position] == UInt8(ascii: "-") { position += 1 }
        guard isDigit(at: position) else { throw JSONError(.invalidNumber, at: position) }
        position = base[position] == UInt8(ascii: "0") ? position + 1 : digitsEnd(from: position + 1)
        if position < count, base[position] == UInt8(ascii: ".") {
            position += 1
            guard isDigit(at: position) else { throw JSONError(.invalidNumber, at: position) }
            position = digitsEnd(from: position)
        }
        if position < count, base[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < count, base[position] == UInt8(ascii: "+") || base[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard isDigit(at: position) else { throw JSONError(.invalidNumber, at: position) }
            position = digitsEnd(from: position)
        }
        if isDigit(at: position) { throw JSONError(.invalidNumber, at: position) }
        return position
    }

    private func isDigit(at position: Int) -> Bool {
        position < count && base[position] &- UInt8(ascii: "0") < 10
    }

    private func digitsEnd(from start: Int) -> Int {
        var position = start
        while isDigit(at: position) { position += 1 }
        return position
    }
}

/// The value of one hexadecimal digit, or nil for any other byte.
func hexValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
}
