import HTTPTypes
import OmniCore

extension RouteDocument {
    static let showPrices = RouteDocument(
        "prices.show", "Show the prices in force", details: "Models that are not there have no known price.",
        answers: [.ok(.prices)])

    static let showKnownPrices = RouteDocument(
        "prices.defaults", "Show the prices the router knows by itself", answers: [.ok(.prices)])

    static let addPrices = RouteDocument(
        "prices.add", "Set prices, and leave the other members of a model as they are",
        body: .json(.map(of: .map(of: .price))), answers: [.ok(.prices)])

    static let replacePrices = RouteDocument(
        "prices.replace", "Set prices; members of a model that are not sent are taken back",
        body: .json(.map(of: .map(of: .price))), answers: [.ok(.prices)])

    static let resetPrices = RouteDocument(
        "prices.reset", "Take back what was set",
        query: [
            Parameter("provider", "Of this provider or node only."),
            Parameter("model", "Of this model only; with `provider`."),
        ], answers: [.ok(.prices)])

    static let showPriceImport = RouteDocument(
        "prices.show-import", "Tell what was imported",
        answers: [.ok(.record(["import": .priceImport.orNull]))])

    static let importPrices = RouteDocument(
        "prices.import", "Import prices from a file of LiteLLM or models.dev",
        details: "Takes the place of what was imported before; a file without a single usable price changes nothing.",
        body: .json(.anyObject), answers: [.ok(.record(["success": .yes, "import": .priceImport.orNull]))])

    static let removePriceImport = RouteDocument(
        "prices.remove-import", "Take back what was imported", answers: [.ok(.success)], refusals: [.notFound])
}

extension JSONSchema {
    /// In dollars, for a million tokens where nothing else is said; null is unknown.
    static let price = JSONSchema.component(
        "Price",
        .object([
            "input": amount, "output": amount, "cached": amount, "reasoning": amount, "cache_creation": amount,
            "image": amount.meaning("For one."), "images": .map(of: amount).orNull.meaning("For one, by size."),
            "audio_second": amount.meaning("For one second."), "characters": amount.meaning("For a million."),
            "search": amount.meaning("For one."), "request": amount.meaning("For one."),
        ]))

    private static let amount = JSONSchema.number(0...1_000_000).orNull

    /// By provider and model.
    static let prices = JSONSchema.map(of: .map(of: .price))

    static let priceImport = JSONSchema.component(
        "PriceImport",
        .record([
            "format": .text, "importedAt": .moment, "entries": .count, "imported": .count, "withoutPrice": .count,
            "repeated": .count, "longContextTiersIgnored": .count,
            "otherProviders": .record(["count": .count, "names": .texts]),
            "rejected": .record([
                "count": .count, "examples": .array(of: .record(["entry": .text, "reason": .text])),
            ]),
        ]))
}
