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
        try fields.read("image", into: &image, in: range)
        try mergeImages(fields, in: range)
        try fields.read("audio_second", into: &audioSecond, in: range)
        try fields.read("characters", into: &characters, in: range)
        try fields.read("search", into: &search, in: range)
        try fields.read("request", into: &request, in: range)
        if let field = fields.unknown(besides: Self.names).first {
            throw FieldFault(field, "no price; there are \(Self.names.sorted().joined(separator: ", "))")
        }
    }

    private static let names: Set = [
        "input", "output", "cached", "reasoning", "cache_creation", "image", "images", "audio_second", "characters",
        "search", "request",
    ]
    /// Of one model's images.
    private static let maximumVariants = 100

    /// Takes over prices of images by what they depend on; `null` takes away one, or all.
    private mutating func mergeImages(_ fields: JSONFields, in range: ClosedRange<Double>) throws(FieldFault) {
        guard fields.has("images") else { return }
        guard let variants = try fields.nested("images") else {
            images = [:]
            return
        }
        for (name, value) in variants.members {
            guard !name.isEmpty, name.utf8.count <= 100 else {
                throw FieldFault(fields.path("images"), "names of sizes have 1 to 100 bytes")
            }
            let price = value.double
            guard value.isNull || price.map(range.contains) ?? false else {
                throw FieldFault(variants.path(name), "must be a number from 0 to 1000000")
            }
            images[name] = price
        }
        guard images.count <= Self.maximumVariants else {
            throw FieldFault(fields.path("images"), "at most \(Self.maximumVariants) prices")
        }
    }

    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.optional("input", input)
        writer.optional("output", output)
        writer.optional("cached", cached)
        writer.optional("reasoning", reasoning)
        writer.optional("cache_creation", cacheCreation)
        writeUnits(into: &writer)
        writer.endObject()
    }

    /// Members for what is not counted in tokens.
    private func writeUnits(into writer: inout JSONWriter) {
        writer.optional("image", image)
        if !images.isEmpty {
            writer.key("images")
            writer.beginObject()
            for (name, price) in images.sorted(by: { $0.key < $1.key }) {
                writer.key(JSONText(name))
                writer.value(JSONNumber(price))
            }
            writer.endObject()
        }
        writer.optional("audio_second", audioSecond)
        writer.optional("characters", characters)
        writer.optional("search", search)
        writer.optional("request", request)
    }
}
