/// Cheap looks at an event's bytes that decide whether to parse it.
///
/// They may say yes too often, never no too often.
enum StreamHints {
    /// Whether a chat chunk may hold usage, an error, a finish, an answer's end or another choice than the first.
    static func concernsChat(_ data: [UInt8]) -> Bool {
        data.withUnsafeBufferPointer { bytes in
            var index = 0
            while index < bytes.count {
                guard bytes[index] == UInt8(ascii: "\"") else {
                    index += 1
                    continue
                }
                if matches("\"usage\"", at: index, in: bytes), value(after: index + 7, in: bytes) != UInt8(ascii: "n") {
                    return true
                }
                if matches("\"finish_reason\"", at: index, in: bytes),
                    value(after: index + 15, in: bytes) != UInt8(ascii: "n")
                {
                    return true
                }
                if matches("\"index\"", at: index, in: bytes), value(after: index + 7, in: bytes) != UInt8(ascii: "0") {
                    return true
                }
                if matches("\"error\"", at: index, in: bytes) { return true }
                index += 1
            }
            return false
        }
    }

    /// Whether an Anthropic event is anything but a content block's: those are the bulk and say nothing of the end.
    static func concernsAnthropic(_ data: [UInt8]) -> Bool {
        data.withUnsafeBufferPointer { bytes in
            var index = 0
            // The type stands first in practice; where it does not, the event is parsed.
            while index < min(bytes.count, 24) {
                if matches("\"content_block_", at: index, in: bytes) { return false }
                index += 1
            }
            return true
        }
    }

    /// Whether a Responses event is anything but a delta: those are the bulk and say nothing of the end.
    static func concernsResponses(_ data: [UInt8]) -> Bool {
        data.withUnsafeBufferPointer { bytes in
            var index = 0
            // The type stands first in practice; where it does not, the event is parsed.
            while index < min(bytes.count, 64) {
                if matches(".delta\"", at: index, in: bytes) { return false }
                index += 1
            }
            return true
        }
    }

    private static func matches(_ literal: StaticString, at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[index + offset] != literal.utf8Start[offset] { return false }
        return true
    }

    /// The first byte of the value after a name's closing quote, past colon and white space.
    private static func value(after index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> UInt8? {
        var index = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return bytes[index]
            }
        }
        return nil
    }
}
