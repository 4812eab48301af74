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
    public var int: Int? {
        var result = 0
        var isNegative = false
        for (offset, byte) in text.enumerated() {
            if offset == 0, byte == UInt8(ascii: "-") {
                isNegative = true
                continue
            }
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return double.flatMap(Int.init(exactly:)) }
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) =
                isNegative
                ? product.subtractingReportingOverflow(Int(digit)) : product.addingReportingOverflow(Int(digit))
            guard !overflow, !overflowed else { return nil }
            result = sum
        }
        return result
    }

    /// The nearest double; nil when the magnitude is out of range.
    public var double: Double? {
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }
}
