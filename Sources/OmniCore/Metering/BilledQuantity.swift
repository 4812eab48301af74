/// What a request used that is not counted in tokens: images, seconds of sound, characters, searches.
public struct BilledQuantity: Sendable, Hashable {
    public enum Unit: String, Sendable, CaseIterable {
        case image
        /// A second of sound.
        case second
        case character
        /// A search, which is what services that rank documents bill.
        case search
    }

    public var unit: Unit
    /// In thousandths of the unit, because sound has parts of seconds.
    public var thousandths: Int
    /// What the price of an image depends on, as ``PriceRow/images`` names it; nil where nothing is known of it.
    public var variant: String?

    public init(_ unit: Unit, thousandths: Int, variant: String? = nil) {
        self.unit = unit
        self.thousandths = max(0, thousandths)
        self.variant = variant
    }

    public init(_ unit: Unit, count: Int, variant: String? = nil) {
        let (thousandths, isOverflow) = max(0, count).multipliedReportingOverflow(by: 1000)
        self.init(unit, thousandths: isOverflow ? .max : thousandths, variant: variant)
    }

    /// In whole units and parts of them.
    public var quantity: Double { Double(thousandths) / 1000 }
}
