import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

/// Price files of others: what is taken from them, exactly, and what is told of the rest.
@Suite struct PriceFileTests {
    private static let catalog: ProviderCatalog = {
        func provider(_ id: String, aliases: [String] = []) -> ProviderDescription {
            ProviderDescription(
                id: ProviderID(id), aliases: aliases, name: id, chatFormat: .openAIChat,
                authentication: .init(header: "authorization"))
        }
        var catalog = ProviderCatalog(
            providers: [provider("openai"), provider("gemini"), provider("openrouter", aliases: ["router"])])
        catalog.priceFileNames = ["google": ProviderID("gemini")]
        return catalog
    }()

    private static func file(_ text: String) throws -> PriceFile {
        try PriceFile(JSONFields(JSONValue(parsing: Array(text.utf8))), catalog: catalog, at: 1000)
    }

    private static let liteLLM = """
        {"sample_spec":{"litellm_provider":"one of them","input_cost_per_token":"words"},
        "gpt-9":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":2.8e-06,
          "output_cost_per_token":1.12E-05,"cache_read_input_token_cost":2.8e-7,"cache_creation_input_token_cost":0,
          "output_cost_per_reasoning_token":0.0000112,"input_cost_per_token_above_200k_tokens":5.6e-06},
        "openai/gpt-9":{"litellm_provider":"openai","input_cost_per_token":2.8e-06,
          "output_cost_per_token":1.12E-05,"cache_read_input_token_cost":2.8e-7,"cache_creation_input_token_cost":0,
          "output_cost_per_reasoning_token":0.0000112},
        "gemini/embed-3":{"litellm_provider":"gemini","input_cost_per_token":1.5e-07},
        "openrouter/meta/llama":{"litellm_provider":"openrouter","input_cost_per_token":0,"output_cost_per_token":0},
        "paint-1":{"litellm_provider":"openai","input_cost_per_token":0,"output_cost_per_image":0.04},
        "words":{"litellm_provider":"openai","input_cost_per_token":"0.1"},
        "negative":{"litellm_provider":"openai","input_cost_per_token":1e-6,"output_cost_per_token":-1},
        "nobody":{"mode":"chat"},"text":5,
        "bedrock/x":{"litellm_provider":"bedrock","input_cost_per_token":1e-6}}
        """

    @Test func liteLLMIsReadExactly() throws {
        let file = try Self.file(Self.liteLLM)
        #expect(file.report.format == .liteLLM)
        // 2.8e-06 times a million is not 2.8 in floating point; the price is.
        #expect(
            file.table[ProviderID("openai"), "gpt-9"]
                == PriceRow(input: 2.8, output: 11.2, cached: 0.28, reasoning: 11.2, cacheCreation: 0))
        #expect(file.table[ProviderID("gemini"), "embed-3"] == PriceRow(input: 0.15))
        // The model's own slash stays; free is a price.
        #expect(file.table[ProviderID("openrouter"), "meta/llama"] == PriceRow(input: 0, output: 0))
        #expect(file.table.rows.values.map(\.count).reduce(0, +) == 3)
    }

    @Test func everyEntryIsAccountedFor() throws {
        let report = try Self.file(Self.liteLLM).report
        #expect(report.entries == 10 && report.imported == 3 && report.repeated == 1 && report.withoutPrice == 1)
        #expect(report.tiered == 1)
        #expect(report.otherProviders == 1 && report.otherProviderNames == ["bedrock"])
        #expect(report.rejected == 4)
        #expect(report.rejections.map(\.entry) == ["words", "negative", "nobody", "text"])
        #expect(report.rejections[1].reason == "output_cost_per_token: is no price")
        #expect(
            report.entries == report.imported + report.repeated + report.withoutPrice + report.otherProviders
                + report.rejected)
    }

    @Test func pricesOfOtherUnitsAreReadWhereTheyMeanThem() throws {
        let file = try Self.file(
            """
            {"paint":{"litellm_provider":"openai","mode":"image_generation","input_cost_per_token":0,
              "output_cost_per_image":0.039},
            "draw":{"litellm_provider":"openai","mode":"image_generation","input_cost_per_image":4.2e-2,
              "output_cost_per_token":4e-05},
            "hear":{"litellm_provider":"openai","mode":"audio_transcription","input_cost_per_second":0.0001,
              "output_cost_per_second":0},
            "speak":{"litellm_provider":"openai","mode":"audio_speech","input_cost_per_character":1.5e-05},
            "rank":{"litellm_provider":"openai","mode":"rerank","input_cost_per_query":0.002,"input_cost_per_token":0.0},
            "look":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":1e-6,"input_cost_per_image":0.1,
              "input_cost_per_second":3,"input_cost_per_character":1e-6,"input_cost_per_request":0.005},
            "wrong":{"litellm_provider":"openai","mode":"rerank","input_cost_per_query":"free"}}
            """)
        func row(_ model: String) -> PriceRow? { file.table[ProviderID("openai"), model] }
        var expected = PriceRow()
        expected.image = 0.039
        #expect(row("paint") == expected)
        expected = PriceRow(output: 40)
        expected.image = 0.042
        #expect(row("draw") == expected)
        expected = PriceRow()
        expected.audioSecond = 0.0001
        #expect(row("hear") == expected)
        #expect(row("speak")?.characters == 15)
        #expect(row("rank")?.search == 0.002 && row("rank")?.input == nil)
        expected = PriceRow(input: 1)
        expected.request = 0.005
        #expect(row("look") == expected)
        #expect(file.report.rejections.map(\.reason) == ["input_cost_per_query: is no price"])
    }

    @Test func modelsDevIsReadExactly() throws {
        let file = try Self.file(
            """
            {"openai":{"id":"openai","models":{
              "gpt-9":{"id":"gpt-9","cost":{"input":1.1,"output":4.4,"cache_read":0.275,"cache_write":0,"reasoning":5,
                "context_over_200k":{"input":2}}},
              "whisper":{"id":"whisper"},"broken":{"cost":{"input":1,"output":null,"cache_read":true}},"list":[]}},
            "google":{"models":{"gem":{"cost":{"input":0.1,"output":0.4}}}},
            "router":{"models":{"a":{"cost":{"input":1,"output":1}},"b":{"cost":{"input":1,"output":1}}}},
            "empty":{"id":"empty"}}
            """)
        #expect(file.report.format == .modelsDev)
        #expect(
            file.table[ProviderID("openai"), "gpt-9"]
                == PriceRow(input: 1.1, output: 4.4, cached: 0.275, reasoning: 5, cacheCreation: 0))
        #expect(file.table[ProviderID("gemini"), "gem"] == PriceRow(input: 0.1, output: 0.4))
        let report = file.report
        #expect(report.imported == 2 && report.withoutPrice == 1 && report.tiered == 1)
        // A short prefix of ours may be another company there.
        #expect(report.otherProviders == 2 && report.otherProviderNames == ["router"])
        #expect(report.rejections.map(\.entry) == ["openai/broken", "openai/list", "empty"])
        #expect(file.table[ProviderID("openai"), "broken"] == nil)
    }

    @Test func twoPricesForOneModelAreTold() throws {
        let file = try Self.file(
            """
            {"m":{"litellm_provider":"openai","input_cost_per_token":1e-6},
            "openai/M":{"litellm_provider":"openai","input_cost_per_token":2e-6}}
            """)
        #expect(file.table[ProviderID("openai"), "m"]?.input == 1)
        #expect(file.report.rejections.map(\.entry) == ["openai/M"])
    }

    @Test(arguments: [
        "{}", #"{"a":1}"#, #"{"a":{"b":1}}"#,
        #"{"m":{"litellm_provider":"nobody","input_cost_per_token":1e-6}}"#,
        #"{"m":{"litellm_provider":"openai","input_cost_per_token":"x"}}"#,
        #"{"openai":{"models":{}}}"#,
    ])
    func filesWithoutPricesAreRefused(text: String) {
        #expect(throws: FieldFault.self) { try Self.file(text) }
    }

    @Test func longReportsAreCut() throws {
        let entries = (0..<500).map { #""bad\#($0)":{"litellm_provider":"p\#($0 % 200)"},"t\#($0)":1"# }
        let report = try Self.file(
            #"{"m":{"litellm_provider":"openai","input_cost_per_token":1e-6},\#(entries.joined(separator: ","))}"#
        ).report
        #expect(report.rejected == 500 && report.rejections.count == 50)
        #expect(report.otherProviders == 500 && report.otherProviderNames.count == 50)
    }

    @Test func importedPricesStandBetweenBothOthers() throws {
        var known = PriceTable()
        let provider = ProviderID("openai")
        known[provider, "a"] = PriceRow(input: 1, output: 2, cached: 0.5)
        known[provider, "b"] = PriceRow(input: 1, output: 2)
        var configuration = RouterConfiguration()
        configuration.importedPrices[provider, "A"] = PriceRow(input: 10, output: 20)
        configuration.importedPrices[provider, "c"] = PriceRow(input: 30)
        configuration.prices[provider, "c"] = PriceRow(output: 3)
        let prices = configuration.prices(over: known)
        // A whole row: the cache price of another table belongs to another price.
        #expect(prices[provider, "a"] == PriceRow(input: 10, output: 20))
        #expect(prices[provider, "b"] == PriceRow(input: 1, output: 2))
        #expect(prices[provider, "c"] == PriceRow(input: 30, output: 3))
        let sources = ["a", "b", "c", "d"].map { configuration.priceSource(provider, $0, known: known) }
        #expect(sources == [.imported, .builtIn, .override, .unknown])
    }
}
