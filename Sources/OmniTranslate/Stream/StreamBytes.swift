import OmniJSON

/// Direct writing of stream frames, whose shape is fixed: no intermediate writer, no String.
extension [UInt8] {
    mutating func write(_ literal: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// The contents of a JSON string without quotes.
    @_disfavoredOverload  // A literal takes the cheaper way of StaticString.
    mutating func write(_ text: JSONText) {
        append(contentsOf: text.escaped)
    }

    /// A JSON string, quotes included.
    mutating func writeString(_ text: JSONText) {
        append(UInt8(ascii: "\""))
        append(contentsOf: text.escaped)
        append(UInt8(ascii: "\""))
    }

    /// - Parameter number: not negative, as indexes and counts are.
    mutating func write(_ number: Int) {
        if number < 10 {
            append(UInt8(ascii: "0") + UInt8(Swift.max(0, number)))
            return
        }
        let start = count
        var rest = number
        while rest > 0 {
            append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        self[start...].reverse()
    }

    /// Puts what the body writes on one line, for a line end is the end of an event or an answer here.
    ///
    /// Others write JSON on several lines. Inside strings line ends are always escaped, so those that are bare only stand
    /// between tokens.
    mutating func writeOnOneLine(_ body: (inout [UInt8]) -> Void) {
        let start = count
        body(&self)
        for index in self[start...].indices where self[index] == 0x0A || self[index] == 0x0D { self[index] = 0x20 }
    }

    /// Writes JSON values with commas in place into this buffer, without copying it.
    mutating func writeJSON(_ body: (inout JSONWriter) -> Void) {
        var taken: [UInt8] = []
        swap(&taken, &self)
        var writer = JSONWriter(continuing: taken)
        taken = []
        body(&writer)
        self = writer.bytes
    }
}

/// Ids that must exist in the client's dialect and are derived from the upstream's, so that equal answers get equal ids.
enum StableID {
    /// - Returns: 24 hexadecimal digits of a hash (FNV-1a, two bases); not secret and not collision-proof against attack.
    static func digits(_ seed: some Sequence<UInt8>, salt: Int = 0) -> [UInt8] {
        Array(text("", seed, salt: salt).escaped)
    }

    /// The digits behind a prefix.
    static func text(_ prefix: StaticString, _ seed: some Sequence<UInt8>, salt: Int = 0) -> JSONText {
        var first: UInt64 = 0xcbf2_9ce4_8422_2325
        var second: UInt64 = 0x8422_2325_cbf2_9ce4 ^ UInt64(truncatingIfNeeded: salt)
        for byte in seed {
            first = (first ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            second = (second ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            second ^= second >> 29
        }
        first = (first ^ UInt64(truncatingIfNeeded: salt)) &* 0x0000_0100_0000_01b3
        first ^= first >> 32
        let length = prefix.utf8CodeUnitCount
        let bytes = [UInt8](unsafeUninitializedCapacity: length + 24) { buffer, count in
            for index in 0..<length { buffer[index] = prefix.utf8Start[index] }
            for index in 0..<16 { buffer[length + index] = digit(first, at: 15 - index) }
            for index in 0..<8 { buffer[length + 16 + index] = digit(second, at: 7 - index) }
            count = length + 24
        }
        return JSONText(escaped: bytes[...])
    }

    private static func digit(_ number: UInt64, at place: Int) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: number &>> UInt64(truncatingIfNeeded: place &* 4) & 15)
        return value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
    }
}

extension JSONText {
    static let empty = JSONText(escaped: [])
}
