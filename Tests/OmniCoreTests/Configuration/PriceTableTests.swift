import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

/// What is known of prices, and what is not.
@Suite struct PriceTableTests {
    private static let provider = ProviderID("P")

    @Test func overridesReplaceMemberByMember() {
        var known = PriceTable()
        known[Self.provider, "Model"] = PriceRow(input: 1, output: 2, cached: 0.5)
        var own = PriceTable()
        own[Self.provider, "MODEL"] = PriceRow(output: 0)
        own[Self.provider, "other"] = PriceRow(input: 3)
        let table = known.overridden(by: own)
        // One model, whatever the case of its name; zero is a price.
        #expect(table.rows[Self.provider]?.keys.sorted() == ["Model", "other"])
        #expect(table[Self.provider, "model"] == PriceRow(input: 1, output: 0, cached: 0.5))
        #expect(table.modelPrices == ["p/model": ModelPrice(input: 1, output: 0)])
    }

    /// Half a price is none: routing would take the model for cheap.
    @Test(arguments: [PriceRow(), PriceRow(input: 1), PriceRow(output: 1), PriceRow(cached: 1)])
    func unknownIsUnknown(row: PriceRow) {
        #expect(row.modelPrice == nil)
    }

    @Test func emptyRowsGo() {
        var table = PriceTable()
        table[Self.provider, "m"] = PriceRow(input: 1)
        table[Self.provider, "M"] = PriceRow()
        #expect(table == PriceTable() && table[Self.provider, "m"] == nil)
    }

    @Test func rowsAreReadAndWritten() throws {
        let text = #"{"input":1.25,"output":10,"cached":0,"reasoning":0.1,"cache_creation":2}"#
        var row = PriceRow()
        try row.merge(JSONFields(JSONValue(parsing: Array(text.utf8))))
        #expect(row == PriceRow(input: 1.25, output: 10, cached: 0, reasoning: 0.1, cacheCreation: 2))
        var writer = JSONWriter()
        row.write(into: &writer)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
        try row.merge(JSONFields(JSONValue(parsing: Array(#"{"cached":null}"#.utf8))))
        #expect(row.cached == nil && row.input == 1.25)
    }

    @Test func unitsBesideTokensAreReadAndWritten() throws {
        let text =
            #"{"image":0.04,"images":{"1024x1024":0.02,"hd/1792x1024":0.12},"audio_second":0.0001,"characters":15,"#
            + #""search":0.002,"request":0.005}"#
        var row = PriceRow()
        try row.merge(JSONFields(JSONValue(parsing: Array(text.utf8))))
        var writer = JSONWriter()
        row.write(into: &writer)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
        var other = PriceRow(input: 1)
        other.images = ["1024x1024": 0.03]
        other.search = 0
        let merged = row.overridden(by: other)
        #expect(
            merged.images == ["1024x1024": 0.03, "hd/1792x1024": 0.12] && merged.search == 0 && merged.image == 0.04)
        let change = #"{"images":{"1024x1024":null},"search":null}"#
        try row.merge(JSONFields(JSONValue(parsing: Array(change.utf8))))
        #expect(row.images == ["hd/1792x1024": 0.12] && row.search == nil && row.modelPrice == nil)
        try row.merge(JSONFields(JSONValue(parsing: Array(#"{"images":null}"#.utf8))))
        #expect(row.images.isEmpty)
    }

    @Test(arguments: [
        #"{"images":0.04}"#, #"{"images":{"":1}}"#, #"{"images":{"a":"1"}}"#, #"{"images":{"a":-1}}"#,
        #"{"image":true}"#,
    ])
    func refusalsOfOtherUnits(text: String) throws {
        var row = PriceRow()
        let fields = try JSONFields(JSONValue(parsing: Array(text.utf8)))
        #expect(throws: FieldFault.self) { try row.merge(fields) }
    }

    @Test(arguments: [#"{"input":-1}"#, #"{"input":"1"}"#, #"{"inptu":1}"#, #"{"output":1e9}"#, #"{"cached":true}"#])
    func refusals(text: String) throws {
        var row = PriceRow()
        let fields = try JSONFields(JSONValue(parsing: Array(text.utf8)))
        #expect(throws: FieldFault.self) { try row.merge(fields) }
    }

    /// The cheapest known step is served first, by what a person set before what the catalogue says.
    @Test func pricesReachPlans() throws {
        var configuration = RouterConfiguration()
        var catalog = ProviderCatalog()
        catalog.providers = [
            ProviderDescription(
                id: ProviderID("p"), name: "P", chatFormat: .openAIChat,
                chatURL: "https://p.example/v1/chat/completions",
                authentication: .init(header: "authorization", prefix: "Bearer "),
                models: [ModelDescription(id: "M", name: "M", kind: "chat")])
        ]
        catalog.prices[ProviderID("p"), "M"] = PriceRow(input: 5, output: 6)
        configuration.connections = [RoutingFixture.connection("p", id: "a")]
        func node() throws -> RoutePlan.Node {
            try CatalogSnapshot(configuration: configuration, catalog: catalog)
                .plan(model: "p/M", clientFormat: .openAIChat).nodes[0]
        }
        #expect(try node().inputPrice == 5)
        configuration.prices[ProviderID("p"), "m"] = PriceRow(input: 4)
        #expect(try node().inputPrice == 4 && node().outputPrice == 6)
    }
}
