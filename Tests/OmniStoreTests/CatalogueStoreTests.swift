import OmniCore
import OmniJSON
import Testing

@testable import OmniStore

/// Custom models and imported prices, over a restart.
@Suite struct CatalogueStoreTests {
    private static func model(_ id: String, provider: String = "openai") -> CustomModel {
        var model = CustomModel(provider: ProviderID(provider), id: id, name: "ä \(id)", createdAt: 5, updatedAt: 6)
        model.kind = "embedding"
        model.contextWindow = 9
        model.maxOutputTokens = 8
        model.capabilities = [.tools, .structuredOutput]
        model.source = "imported"
        return model
    }

    private static func prices(_ text: String) throws -> PriceFile {
        var catalog = ProviderCatalog()
        catalog.priceFileNames = ["openai": ProviderID("openai")]
        return try PriceFile(JSONFields(JSONValue(parsing: Array(text.utf8))), catalog: catalog, at: 1000)
    }

    @Test func customModelsKeepEveryField() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        for id in ["b", "a"] { try await store.setCustomModel(Self.model(id)) }
        var changed = Self.model("B")
        changed.contextWindow = nil
        changed.updatedAt = 7
        try await store.setCustomModel(changed)
        #expect(try await store.removeCustomModel(provider: ProviderID("openai"), id: "A"))
        #expect(try await !store.removeCustomModel(provider: ProviderID("openai"), id: "a"))
        #expect(try await !store.removeCustomModel(provider: ProviderID("other"), id: "b"))
        #expect(try await folder.store().configuration.load().customModels == [changed])
    }

    @Test func modelsOfANodeGoWithIt() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.insertNode(
            ProviderNode(
                id: ProviderNodeID("n"), name: "N", prefix: "n", type: .ollamaCompatible, baseURL: "http://h"))
        for provider in ["n", "openai"] { try await store.setCustomModel(Self.model("m", provider: provider)) }
        #expect(try await store.deleteNode(ProviderNodeID("n")))
        #expect(try await store.load().customModels == [Self.model("m")])
    }

    @Test func importedPricesReplaceOneAnother() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        let first = try Self.prices(
            #"{"openai":{"models":{"a":{"cost":{"input":0.1,"output":0}},"b":{"cost":{"input":1}}}}}"#)
        let second = try Self.prices(
            #"{"A":{"litellm_provider":"openai","input_cost_per_token":2.8e-06},"#
                + #""B":{"litellm_provider":"openai","mode":"rerank","input_cost_per_query":0.002}}"#)
        try await store.replaceImportedPrices(first)
        #expect(try await folder.store().configuration.load().importedPrices == first.table)
        try await store.replaceImportedPrices(second)
        let again = try folder.store().configuration
        #expect(try await again.load().importedPrices == second.table)
        let report = try #require(try await again.priceImportReport())
        #expect(try JSONValue(parsing: Array(report.utf8))["format"]?.string == "litellm")
        try await again.replaceImportedPrices(nil)
        #expect(try await again.load().importedPrices == PriceTable())
        #expect(try await again.priceImportReport() == nil)
    }
}
