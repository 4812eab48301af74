import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

/// Models a person added, as routing and the lists see them.
@Suite struct CustomModelTests {
    private static func model(_ provider: String, _ id: String, _ members: String = "{}") throws -> CustomModel {
        var model = CustomModel(provider: ProviderID(provider), id: id)
        try model.merge(JSONFields(JSONValue(parsing: Array(members.utf8))))
        return model
    }

    private static func snapshot(_ models: CustomModel...) -> CatalogSnapshot {
        var configuration = RoutingFixture.configuration("openai", "node-1")
        configuration.customModels = models
        return RoutingFixture.snapshot(configuration)
    }

    private static func listed(_ list: [UInt8], _ array: StaticString, _ name: StaticString) throws -> [String] {
        try JSONValue(parsing: list)[array]?.elements.compactMap { $0[name]?.string } ?? []
    }

    @Test func everyListShowsThem() throws {
        let snapshot = Self.snapshot(
            try Self.model("openai", "gpt-99", #"{"name":"Ninety-nine"}"#), try Self.model("node-1", "mine"))
        for name in ["openai/gpt-99", "local/mine"] {
            #expect(try Self.listed(snapshot.openAIModelList, "data", "id").contains(name))
            #expect(try Self.listed(snapshot.anthropicModelList, "data", "id").contains(name))
            #expect(try Self.listed(snapshot.geminiModelList, "models", "name").contains("models/\(name)"))
            #expect(try Self.listed(snapshot.ollamaModelList, "models", "name").contains(name))
            #expect(snapshot.listedModel(name, for: .openAIChat) != nil)
        }
    }

    @Test func bareNamesFindThemInAnyCase() throws {
        let snapshot = Self.snapshot(try Self.model("openai", "GPT-99"))
        for name in ["gpt-99", "openai/gpt-99"] {
            #expect(try snapshot.plan(model: name, clientFormat: .openAIChat).targets.map(\.model) == ["GPT-99"])
        }
    }

    @Test func theirLimitsHold() throws {
        let snapshot = Self.snapshot(
            try Self.model("openai", "GPT-4O", #"{"contextLength":5000,"maxOutputTokens":77}"#))
        let plan = try snapshot.plan(model: "openai/gpt-4o", clientFormat: .openAIChat)
        // In the place of the catalogue's, with the spelling that was given.
        #expect(plan.targets[0].model == "GPT-4O")
        #expect(plan.targets[0].capabilities.maxOutputTokens == 77)
        #expect(plan.nodes[0].window == 5000)
        let names = try Self.listed(snapshot.openAIModelList, "data", "id")
        #expect(names.count { $0.lowercased() == "openai/gpt-4o" } == 1)
    }

    @Test func onlyChatModelsAreOfferedForChat() throws {
        let snapshot = Self.snapshot(try Self.model("openai", "embed-9", #"{"type":"embedding"}"#))
        #expect(try !Self.listed(snapshot.geminiModelList, "models", "name").contains("models/openai/embed-9"))
    }

    @Test func membersAreReadUnderBothNames() throws {
        let first = try Self.model(
            "p", "m",
            #"{"modelName":"N","type":"image","contextLength":9,"maxOutputTokens":8,"capabilities":["tools","vision"]}"#
        )
        let second = try Self.model(
            "p", "m", #"{"name":"N","kind":"image","contextWindow":9,"maxOutput":8,"capabilities":["vision","tools"]}"#)
        #expect(first == second)
        #expect(first.name == "N" && first.kind == "image" && first.contextWindow == 9 && first.maxOutputTokens == 8)
        var writer = JSONWriter()
        writer.beginObject()
        first.writeMembers(into: &writer)
        writer.endObject()
        #expect(try Self.model("p", "m", String(decoding: writer.bytes, as: UTF8.self)) == first)
        var cleared = first
        try cleared.merge(
            JSONFields(JSONValue(parsing: Array(#"{"contextWindow":null,"name":null,"type":null}"#.utf8))))
        #expect(cleared.contextWindow == nil && cleared.name == "m" && cleared.kind == "chat")
        #expect(cleared.maxOutputTokens == 8)
    }

    @Test(arguments: [
        (#"{"type":"sculpture"}"#, "type"), (#"{"contextLength":0}"#, "contextLength"),
        (#"{"contextWindow":"8k"}"#, "contextWindow"), (#"{"maxOutputTokens":1.5}"#, "maxOutputTokens"),
        (#"{"capabilities":"vision"}"#, "capabilities"), (#"{"capabilities":["tools",5]}"#, "capabilities[1]"),
        (#"{"source":"heaven"}"#, "source"), (#"{"name":7}"#, "name"), (#"{"name":"a\u0001"}"#, "name"),
    ])
    func refusalsNameTheField(members: String, field: String) {
        let fault = #expect(throws: FieldFault.self) { try Self.model("p", "m", members) }
        #expect(fault?.field == field)
    }

    @Test func theCatalogueShowsAllKinds() throws {
        var configuration = RoutingFixture.configuration("openai")
        configuration.customModels = [
            try Self.model("openai", "gpt-99", #"{"capabilities":["reasoning"]}"#), try Self.model("node-1", "mine"),
        ]
        configuration.prices[ProviderID("openai"), "gpt-99"] = PriceRow(input: 1, output: 2)
        let groups = ModelCatalog(configuration: configuration, catalog: RoutingFixture.catalog).groups
        let openAI = try #require(groups.first { $0.prefix == "openai" })
        #expect(openAI.isActive && openAI.connections == 1 && !openAI.isNode)
        #expect(Set(openAI.models.map(\.model.kind)) == ["chat", "embedding"])
        let custom = try #require(openAI.models.last)
        #expect(custom.isCustom && custom.model.id == "gpt-99" && custom.priceSource == .override)
        #expect(custom.model.capabilities == [.reasoning])
        #expect(openAI.models[0].price == nil && openAI.models[0].priceSource == .unknown && !openAI.models[0].isCustom)
        let node = try #require(groups.first { $0.isNode })
        #expect(node.prefix == "local" && !node.isActive && node.models.map(\.model.id) == ["mine"])
        // Needs no connection; this one has none.
        #expect(groups.first { $0.provider == ProviderDescription.simulatorID }?.isActive == true)
        #expect(groups.first { $0.prefix == "deepseek" }?.isActive == false)
    }
}
