/// A number kept as its text, so that `1.0`, `1e3` and integers of any length survive unchanged.
public struct JSONNumber: Sendable, Hashable {
    public let text: ArraySlice<UInt8>

    /// - Parameter text: a number in JSON's grammar; not checked.
    public init(text: ArraySlice<UInt8>) {
        self.text = text
    }

    public init(_ value: Int) {
        text = Array(String(value).utf8)[...]
    }

    /// - Parameter value: a finite number.
    public init(_ value: Double) {
        let integral = Int(exactly: value)
        text = Array((integral.map(String.init) ?? String(value)).utf8)[...]
    }

    /// The value as an integer when it is whole and in range, whatever way it is written.
    public var int: Int? { text.withUnsafeBufferPointer { Self.int($0) } }

    /// The nearest double; nil when the magnitude is out of range.
    public var double: Double? { text.withUnsafeBufferPointer { Self.double($0) } }

    static func int(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
        let isNegative = text.first == UInt8(ascii: "-")
        var result = 0
        for position in (isNegative ? 1 : 0)..<text.count {
            let digit = text[position] &- UInt8(ascii: "0")
            guard digit < 10 else { return double(text).flatMap(Int.init(exactly:)) }
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) =
                isNegative
                ? product.subtractingReportingOverflow(Int(digit)) : product.addingReportingOverflow(Int(digit))
            guard !overflow, !overflowed else { return nil }
            result = sum
        }
        return result
    }

    static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        if let plain = plainDouble(text) { return plain }
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    /// The value of a decimal of at most fifteen digits without exponent, as all usual parameters are.
    ///
    /// Digits and power of ten are exact doubles, so their quotient is rounded once, which makes it the nearest (W. D.
    /// Clinger, How to Read Floating Point Numbers Accurately, 1990).
    private static func plainDouble(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        guard (1...16).contains(text.count) else { return nil }
        var digits = 0
        var scale = 1
        var isFraction = false
        for byte in text.first == UInt8(ascii: "-") ? text.dropFirst() : text[...] {
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                digits = digits &* 10 &+ Int(digit)
                if isFraction { scale = scale &* 10 }
            } else if byte == UInt8(ascii: ".") {
                isFraction = true
            } else {
                return nil
            }
        }
        guard digits < 1_000_000_000_000_000 else { return nil }
        let value = Double(digits) / Double(scale)
        return text.first == UInt8(ascii: "-") ? -value : value
    }
}
