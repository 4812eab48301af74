/// Where the price of a model comes from.
public enum PriceSource: String, Sendable, Hashable {
    /// A person set it, or a part of it.
    case override
    /// From an imported price file.
    case imported
    /// From the table that comes with the router.
    case builtIn = "built-in"
    case unknown
}

extension RouterConfiguration {
    /// The prices in force: the known ones, the rows of an imported file in their place, and what a person set.
    ///
    /// An imported row counts as a whole: completed from a rougher table it would be neither the one nor the other.
    public func prices(over known: PriceTable) -> PriceTable {
        known.replaced(by: importedPrices).overridden(by: prices)
    }

    /// - Parameter known: the prices from the start.
    public func priceSource(_ provider: ProviderID, _ model: String, known: PriceTable) -> PriceSource {
        if prices[provider, model] != nil { return .override }
        if importedPrices[provider, model] != nil { return .imported }
        return known[provider, model] == nil ? .unknown : .builtIn
    }
}
