import OmniCore
import Testing

@testable import OmniProviders

/// The prices that are part of the binary, and what is said of a table that cannot be used.
@Suite struct PriceTableTests {
    private let catalog = ProviderCatalog.builtIn

    @Test func pricesBelongToProvidersThereAre() {
        #expect(!catalog.prices.rows.isEmpty)
        for provider in catalog.prices.rows.keys { #expect(catalog[provider.rawValue]?.id == provider) }
    }

    /// A row of zeros says that nobody knew.
    @Test func nothingIsFreeByMistake() {
        for (provider, models) in catalog.prices.rows {
            for (model, row) in models {
                let price = row.modelPrice
                if "\(provider)/\(model)" == "openai/omni-moderation-latest" { continue }
                // Vectors, rankings and judgements are no output that is billed.
                let chats =
                    catalog[provider.rawValue]?.models.first { $0.id == model }.map { $0.kind == "chat" } ?? true
                let prices = price.map { chats ? [$0.input, $0.output] : [$0.input] } ?? row.pricesOfUnits
                #expect(!prices.isEmpty && prices.allSatisfy { $0 > 0 }, "\(provider)/\(model)")
                #expect(row.cached.map { $0 < price?.input ?? 0 } ?? true, "\(provider)/\(model)")
            }
        }
    }

    @Test func unknownModelsHaveNoPrice() {
        #expect(catalog.prices[ProviderID("openai"), "gpt-4o"]?.input == 2.5)
        #expect(catalog.prices[ProviderID("openai"), "no-such-model"] == nil)
        #expect(catalog.prices[ProviderID("groq"), "openai/gpt-oss-120b"] == nil)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"prices":[]}"#, #"{"prices":{"p":1}}"#, #"{"prices":{"p":{"m":{"input":"1"}}}}"#,
        #"{"prices":{"p":{"m":{"input":1},"M":{"input":2}}}}"#, #"{"prices":{"p":{"m":{"price":1}}}}"#,
    ])
    func refusals(json: String) {
        #expect(throws: CatalogError.self) { try PriceTable(json: Array(json.utf8)) }
    }
}

extension PriceRow {
    fileprivate var pricesOfUnits: [Double] {
        [image, audioSecond, characters, search, request].compactMap { $0 } + images.values
    }
}
