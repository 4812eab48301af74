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

    /// What was used besides tokens; null when nothing was.
    mutating func billed(_ billed: BilledQuantity?) {
        guard let billed else { return null() }
        beginObject()
        key("unit")
        string(billed.unit.rawValue)
        key("quantity")
        value(JSONNumber(billed.quantity))
        nullable("variant", billed.variant)
        endObject()
    }
}
