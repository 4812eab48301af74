import OmniJSON

/// Names derived from contents: the same input always gives the same name, so that prompt caches hold.
enum StableHash {
    /// FNV-1a, twice with different starts, as 24 hexadecimal digits.
    static func hex24(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var first: UInt64 = 0xCBF2_9CE4_8422_2325
        var second: UInt64 = 0x8422_2325_CBF2_9CE4
        for byte in bytes {
            first = (first ^ UInt64(byte)) &* 0x100_0000_01B3
            second = (second ^ UInt64(byte) ^ 0x5A) &* 0x100_0000_01B3
        }
        let digits = Array("0123456789abcdef".utf8)
        var output: [UInt8] = []
        for shift in stride(from: 60, through: 0, by: -4) { output.append(digits[Int(first >> UInt64(shift) & 15)]) }
        for shift in stride(from: 28, through: 0, by: -4) { output.append(digits[Int(second >> UInt64(shift) & 15)]) }
        return output
    }

    /// A call id the target accepts: as it is when it fits, else `call_` and a hash of it.
    static func callID(_ id: JSONText, maximum: Int, allowsPunctuation: Bool, nineCharacters: Bool = false) -> JSONText
    {
        let isPlain = id.escaped.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            case UInt8(ascii: "_"), UInt8(ascii: "-"): !nineCharacters
            default: allowsPunctuation && !nineCharacters
            }
        }
        if nineCharacters {
            if isPlain, id.escaped.count == 9 { return id }
            return JSONText(escaped: hex24(id.escaped)[..<9])
        }
        if isPlain, !id.isEmpty, id.escaped.count <= maximum { return id }
        return JSONText(escaped: (Array("call_".utf8) + hex24(id.escaped))[...])
    }
}
