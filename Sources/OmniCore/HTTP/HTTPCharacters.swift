#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Which bytes may stand where in HTTP/1.1, and what they mean there.
package enum HTTPCharacters {
    package static let space = UInt8(ascii: " ")
    package static let carriageReturn = UInt8(ascii: "\r")
    package static let lineFeed = UInt8(ascii: "\n")

    /// Where text ends that a field's value could be (RFC 9110 5.5): the place of the first control character other than a tab, or
    /// the end.
    package static func endOfText(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position < bytes.count {
            // Eight at a time, as long as all are text.
            if position + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                let deleted = word ^ 0x7F7F_7F7F_7F7F_7F7F
                let controls = (word &- 0x2020_2020_2020_2020) & ~word
                let deletes = (deleted &- 0x0101_0101_0101_0101) & ~deleted
                if (controls | deletes) & 0x8080_8080_8080_8080 == 0 {
                    position += 8
                    continue
                }
            }
            let byte = bytes[position]
            if byte < space && byte != tab || byte == 0x7F { return position }
            position += 1
        }
        return position
    }

    /// Name and value of a line `name: value`; nil when it is none.
    ///
    /// A line that continues the one before it is no longer legal, nor is a blank before the colon.
    /// - Parameter line: text.
    package static func field(
        _ line: Range<Int>, of bytes: UnsafeRawBufferPointer
    ) -> (name: Range<Int>, value: Range<Int>)? {
        var colon = line.lowerBound
        while colon < line.upperBound, isToken(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else { return nil }
        return (line.lowerBound..<colon, trimmed((colon + 1)..<line.upperBound, of: bytes))
    }

    /// The number in hexadecimal digits that a line begins with (RFC 9112 7.1), and where they end; nil for none and for one of
    /// more than 15.
    package static func chunkSize(_ line: UnsafeRawBufferPointer) -> (size: Int, end: Int)? {
        var size = 0
        var end = 0
        while end < line.count, let digit = digit(line[end]) {
            size = size << 4 | digit
            end += 1
            guard end <= 15 else { return nil }
        }
        return end > 0 ? (size, end) : nil
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte & 15)
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte & 15) + 9
        default: nil
        }
    }

    /// Whether these are extensions of a chunk's size, `;name`, `;name=value` or `;name="value"`, or nothing (RFC 9112 7.1.1).
    package static func areExtensions(_ range: Range<Int>, of bytes: UnsafeRawBufferPointer) -> Bool {
        var position = range.lowerBound
        /// - Returns: whether there is at least one such byte.
        func skip(while isMeant: (UInt8) -> Bool) -> Bool {
            let start = position
            while position < range.upperBound, isMeant(bytes[position]) { position += 1 }
            return position > start
        }
        func isNext(_ byte: UInt8) -> Bool { position < range.upperBound && bytes[position] == byte }
        while position < range.upperBound {
            guard isNext(UInt8(ascii: ";")) else { return false }
            position += 1
            guard skip(while: isToken) else { return false }
            guard isNext(UInt8(ascii: "=")) else { continue }
            position += 1
            guard isNext(quote) else {
                guard skip(while: isToken) else { return false }
                continue
            }
            position += 1
            _ = skip { $0 >= space && $0 < 0x7F && $0 != quote && $0 != UInt8(ascii: "\\") }
            guard isNext(quote) else { return false }
            position += 1
        }
        return true
    }

    /// A number in decimal digits and nothing else; nil where it is none or too large.
    package static func number(_ value: UnsafeRawBufferPointer) -> Int? {
        guard !value.isEmpty else { return nil }
        var sum = 0
        for byte in value {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (product, isTooLarge) = sum.multipliedReportingOverflow(by: 10)
            let (next, overflows) = product.addingReportingOverflow(Int(byte & 15))
            guard !isTooLarge, !overflows else { return nil }
            sum = next
        }
        return sum
    }

    /// Whether a list with commas has an element, in any case.
    /// - Parameter word: lower case; letters, digits and hyphens.
    package static func list(_ value: UnsafeRawBufferPointer, holds word: StaticString) -> Bool {
        var start = 0
        while start < value.count {
            let end = value.firstIndex(of: UInt8(ascii: ","), from: start) ?? value.count
            if UnsafeRawBufferPointer(rebasing: value[trimmed(start..<end, of: value)]).spells(word) { return true }
            start = end + 1
        }
        return false
    }

    /// Without the blanks at both ends.
    package static func trimmed(_ range: Range<Int>, of bytes: UnsafeRawBufferPointer) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    /// Characters of names (RFC 9110 5.6.2).
    @inlinable
    package static func isToken(_ byte: UInt8) -> Bool {
        // A bit for each: `!#$%&'*+-.` and digits; letters and `^_`|~`.
        byte < 64
            ? 0x03FF_6CFA_0000_0000 as UInt64 >> UInt64(byte) & 1 == 1
            : byte < 128 && 0x57FF_FFFF_C7FF_FFFE as UInt64 >> UInt64(byte & 63) & 1 == 1
    }

    private static let quote = UInt8(ascii: "\"")
    private static let tab = UInt8(ascii: "\t")

    package static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }
}

extension UnsafeRawBufferPointer {
    /// Where a byte comes next.
    package func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard let base = baseAddress, start < count, let hit = memchr(base + start, Int32(byte), count - start) else {
            return nil
        }
        return base.distance(to: hit)
    }

    /// Whether these are the letters of a word, in any case.
    /// - Parameter word: lower case; letters, digits and hyphens.
    @inlinable
    package func spells(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        let word = UnsafeRawBufferPointer(start: word.utf8Start, count: count)
        // Capital and small letters differ in one bit, which digits and hyphens have set as well.
        for index in 0..<count where self[index] | 0x20 != word[index] || self[index] < 0x20 { return false }
        return true
    }

    @inlinable
    package func isExactly(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let text = UnsafeRawBufferPointer(start: text.utf8Start, count: count)
        for index in 0..<count where self[index] != text[index] { return false }
        return true
    }
}
