public import OmniJSON

/// Prices as the management API and the catalogue write them.
extension PriceRow {
    /// Takes over the members that are there; `null` makes a price unknown again.
    /// - Throws: ``FieldFault`` also for members that are no price: what was misspelt would be believed to hold.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        // A million dollars for a million tokens is a typing error.
        let range = 0.0...1_000_000
        try fields.read("input", into: &input, in: range)
        try fields.read("output", into: &output, in: range)
        try fields.read("cached", into: &cached, in: range)
        try fields.read("reasoning", into: &reasoning, in: range)
        try fields.read("cache_creation", into: &cacheCreation, in: range)
        let known: Set = ["input", "output", "cached", "reasoning", "cache_creation"]
        if let field = fields.unknown(besides: known).first {
            throw FieldFault(field, "no price; there are input, output, cached, reasoning and cache_creation")
        }
    }

    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.optional("input", input)
        writer.optional("output", output)
        writer.optional("cached", cached)
        writer.optional("reasoning", reasoning)
        writer.optional("cache_creation", cacheCreation)
        writer.endObject()
    }
}
