import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

@Suite struct ModelListTests {
    private static let snapshot = RoutingFixture.snapshot(
        RoutingFixture.configuration(
            "openai", "anthropic", aliases: [ModelAlias(alias: "fast \"one\"", model: "openai/gpt-4o")]))

    private static let expected = [
        "openai/gpt-4o", "openai/gpt-4o-mini", "openai/twin", "anthropic/claude-opus-4-6", "sim/echo", "fast \"one\"",
    ]

    @Test func openAIClientsSeeUsableChatModelsAndAliases() throws {
        let list = try JSONValue(parsing: Self.snapshot.openAIModelList)
        #expect(list["object"]?.string == "list")
        let entries = Array(try #require(list["data"]).elements)
        #expect(entries.map { $0["id"]?.string } == Self.expected)
        for entry in entries {
            #expect(entry["object"]?.string == "model")
            #expect(entry["created"]?.int != nil)
            #expect(entry["owned_by"]?.string?.isEmpty == false)
        }
    }

    @Test func anthropicClientsSeeTheSameInTheirDialect() throws {
        let list = try JSONValue(parsing: Self.snapshot.anthropicModelList)
        let entries = Array(try #require(list["data"]).elements)
        #expect(entries.map { $0["id"]?.string } == Self.expected)
        #expect(list["has_more"]?.bool == false)
        #expect(list["first_id"]?.string == Self.expected.first)
        #expect(list["last_id"]?.string == Self.expected.last)
        for entry in entries {
            #expect(entry["type"]?.string == "model")
            #expect(entry["display_name"]?.string?.isEmpty == false)
            #expect(entry["created_at"]?.string?.hasSuffix("Z") == true)
        }
    }

    @Test func anEmptyListIsLegal() throws {
        let snapshot = CatalogSnapshot(configuration: RouterConfiguration(), catalog: ProviderCatalog())
        let anthropic = try JSONValue(parsing: snapshot.anthropicModelList)
        #expect(anthropic["first_id"]?.isNull == true)
        #expect(anthropic["last_id"]?.isNull == true)
        let openAI = try JSONValue(parsing: snapshot.openAIModelList)
        #expect(openAI["data"]?.kind == .array)
    }

    @Test func oneModelIsShownAsInTheList() throws {
        let body = try #require(Self.snapshot.listedModel("openai/gpt-4o", for: .openAIChat))
        #expect(
            String(decoding: Self.snapshot.openAIModelList, as: UTF8.self).contains(
                String(decoding: body, as: UTF8.self)))
        #expect(Self.snapshot.listedModel("openai/gpt-4o", for: .anthropicMessages) != nil)
        #expect(Self.snapshot.listedModel("codex/twin", for: .openAIChat) == nil)
        #expect(Self.snapshot.listedModel("openai/openai-embedding", for: .openAIChat) == nil)
    }

    @Test func aNodeListsTheDefaultModelsOfItsAccountsOnce() throws {
        let connections = ["m1", "m2", "m1"].enumerated().map { index, model in
            var connection = RoutingFixture.connection("node-1", id: "c\(index)", createdAt: Int64(index))
            connection.defaultModel = model
            return connection
        }
        let snapshot = CatalogSnapshot(
            configuration: RouterConfiguration(connections: connections, nodes: [RoutingFixture.node()]),
            catalog: ProviderCatalog())
        let list = try JSONValue(parsing: snapshot.openAIModelList)
        #expect(list["data"]?.elements.map { $0["id"]?.string } == ["local/m1", "local/m2"])
    }

    @Test(arguments: [
        ("gpt-4p", ["openai/gpt-4o"]), ("gtp-4o", ["openai/gpt-4o"]), ("openai/gpt4o", ["openai/gpt-4o"]),
        ("OPENAI/GPT-4O", ["openai/gpt-4o"]), ("zzzzzzzz", []), ("", []),
    ])
    func nearMatches(name: String, expected: [String]) {
        #expect(NearMatches.find(name, among: ["openai/gpt-4o", "anthropic/claude-opus-4-6"]) == expected)
    }

    @Test func nearMatchesAreFewAndOrdered() {
        let names = ["p/abcdeX", "p/abcdef", "p/abcdXX", "p/abcdeY", "p/abcdeZ"]
        #expect(NearMatches.find("abcdef", among: names) == ["p/abcdef", "p/abcdeX", "p/abcdeY"])
    }

    @Test func nearMatchesBoundTheirWork() {
        let long = String(repeating: "a", count: 100_000)
        #expect(NearMatches.find(long, among: [long + "b"]).count <= 1)
    }

    @Test(arguments: [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2), ("same", "same", 0)])
    func editDistance(left: String, right: String, expected: Int) {
        #expect(NearMatches.editDistance(Array(left.utf8), Array(right.utf8)) == expected)
        #expect(NearMatches.editDistance(Array(right.utf8), Array(left.utf8)) == expected)
    }
}
