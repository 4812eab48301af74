/// Reads arrays of numbers as 32-bit floats, straight from the text.
///
/// Embeddings are long: 256 vectors of 1536 numbers are 8 MB of text, so that neither a string nor a slice is made of a number.
enum FloatText {
    /// 10 to the power of 0 to 22, which doubles hold exactly.
    private static let powers: [Double] = (0...22).reduce(into: []) { powers, _ in
        powers.append((powers.last ?? 0.1) * 10)
    }

    /// How many elements an array of numbers has.
    ///
    /// - Parameter array: an array's JSON text.
    static func count(_ array: UnsafeBufferPointer<UInt8>) -> Int {
        var commas = 0
        var isEmpty = true
        for byte in array {
            if byte == UInt8(ascii: ",") { commas += 1 }
            if byte &- UInt8(ascii: "0") < 10 { isEmpty = false }
        }
        return isEmpty ? 0 : commas + 1
    }

    /// The floats nearest to the numbers of an array, least byte first.
    ///
    /// - Parameter array: an array's JSON text, known to be valid.
    /// - Returns: nil when an element is no number or beyond the range of 32-bit floats.
    static func littleEndianBytes(_ array: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count(array) * 4)
        var position = 0
        return powers.withUnsafeBufferPointer { powers in
            while position < array.count {
                switch array[position] {
                case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    let value = float(array, at: &position, powers: powers)
                    guard value.isFinite else { return nil }
                    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
                case UInt8(ascii: ","), UInt8(ascii: " "), 0x09, 0x0A, 0x0D: position += 1
                case UInt8(ascii: "[") where position == 0: position += 1
                case UInt8(ascii: "]") where position == array.count - 1: position += 1
                default: return nil
                }
            }
            return bytes
        }
    }

    /// - Parameter position: where the number begins; where it ends afterwards.
    private static func float(
        _ text: UnsafeBufferPointer<UInt8>, at position: inout Int, powers: UnsafeBufferPointer<Double>
    ) -> Float {
        let start = position
        let isNegative = text[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var digits: UInt64 = 0
        var digitCount = 0
        var exponent = 0
        var isBehindPoint = false
        while position < text.count {
            let digit = text[position] &- UInt8(ascii: "0")
            if digit < 10 {
                digits = digits &* 10 &+ UInt64(digit)
                if digits > 0 { digitCount += 1 }
                if isBehindPoint { exponent -= 1 }
            } else if text[position] == UInt8(ascii: ".") {
                isBehindPoint = true
            } else {
                break
            }
            position += 1
        }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            var isSmall = false
            var written = 0
            while position < text.count {
                let digit = text[position] &- UInt8(ascii: "0")
                if digit < 10 {
                    written = min(written * 10 + Int(digit), 10_000)
                } else if text[position] == UInt8(ascii: "-") {
                    isSmall = true
                } else if text[position] != UInt8(ascii: "+") {
                    break
                }
                position += 1
            }
            exponent += isSmall ? -written : written
        }
        if let value = nearest(digits, digitCount: digitCount, exponent: exponent, powers: powers) {
            return isNegative ? -value : value
        }
        // Rare: more digits than a word holds, an uncommon exponent, or next to the middle between two floats.
        return Float(String(decoding: text[start..<position], as: UTF8.self)) ?? .nan
    }

    /// The nearest float, where two steps of double arithmetic are certain to find it.
    ///
    /// Each step is off by half a unit of the double's last place at most. That matters only next to the middle between two
    /// floats, which lies where the 29 bits that a float lacks are a one and zeros.
    private static func nearest(
        _ digits: UInt64, digitCount: Int, exponent: Int, powers: UnsafeBufferPointer<Double>
    ) -> Float? {
        guard digits > 0 else { return digitCount == 0 ? 0 : nil }
        guard digitCount <= 19, -22...22 ~= exponent else { return nil }
        let value = exponent < 0 ? Double(digits) / powers[-exponent] : Double(digits) * powers[exponent]
        // Smaller ones may have fewer bits, larger ones none.
        guard value > 1e-37, value < 3e38 else { return nil }
        let beyond = Int64(value.bitPattern & 0x1FFF_FFFF)
        guard abs(beyond - 0x1000_0000) > 2 else { return nil }
        return Float(value)
    }
}
