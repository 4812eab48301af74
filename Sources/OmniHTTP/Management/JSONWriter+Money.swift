import OmniCore
import OmniJSON

extension JSONWriter {
    /// An amount in dollars with all its digits, as a number; null is unknown.
    mutating func dollars(_ amount: NanoDollars?) {
        guard let amount else { return null() }
        raw(Array(amount.text.utf8)[...])
    }

    /// A member with an amount.
    mutating func money(_ name: StaticString, _ amount: NanoDollars?) {
        key(name)
        dollars(amount)
    }
}
