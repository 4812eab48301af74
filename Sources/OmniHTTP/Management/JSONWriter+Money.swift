import OmniCore
import OmniJSON

extension JSONWriter {
    /// An amount in dollars with all its digits, as a number; null is unknown.
    mutating func dollars(_ amount: NanoDollars?) {
        guard let amount else { return null() }
        raw(Array(amount.decimalText.utf8)[...])
    }
}

extension NanoDollars {
    /// In dollars: `0.000123`, exactly.
    var decimalText: String {
        let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        let sign = value < 0 ? "-" : ""
        guard rest > 0 else { return "\(sign)\(whole)" }
        var digits = String(rest)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }
}
