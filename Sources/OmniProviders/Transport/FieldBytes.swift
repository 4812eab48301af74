#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Which bytes header fields may hold (RFC 9110 5.5 and 5.6.2).
///
/// Tables of bits: a head has some hundred bytes, and each of them is looked at.
enum FieldBytes {
    /// Whether a byte may stand in a name.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        byte < 0x80 && (byte < 0x40 ? lowerTokens : upperTokens) & (1 << UInt64(byte & 0x3F)) != 0
    }

    /// Whether a byte may stand in a value: no control character but the tabulator.
    @inline(__always)
    static func isValue(_ byte: UInt8) -> Bool { byte >= 0x20 ? byte != 0x7F : byte == 0x09 }

    // One bit for each byte below 0x40: digits and !#$%&'*+-.
    private static let lowerTokens: UInt64 = 0x03FF_6CFA_0000_0000
    // From 0x40 on: letters and ^_`|~
    private static let upperTokens: UInt64 = 0x57FF_FFFF_C7FF_FFFE
}

extension UnsafeBufferPointer<UInt8> {
    /// Where a byte comes next.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard let base = baseAddress, start < count,
            let hit = memchr(base + start, Int32(byte), count - start)
        else { return nil }
        return UnsafeRawPointer(base).distance(to: hit)
    }

    func begins(with text: StaticString) -> Bool {
        guard let base = baseAddress, count >= text.utf8CodeUnitCount else { return false }
        return memcmp(base, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
}
