import OmniTranslate
import Testing

@testable import OmniCore

/// A provider that speaks Responses beside Chat is addressed in whichever loses less.
@Suite struct ResponsesInterfaceTests {
    private func format(of client: WireFormat, model: String = "gpt-5", baseURL: String? = nil) throws -> Target {
        var provider = ProviderDescription(
            id: ProviderID("openai"), name: "OpenAI", chatFormat: .openAIChat,
            chatURL: "https://api.openai.com/v1/chat/completions",
            authentication: .init(header: "authorization", prefix: "Bearer "))
        provider.responsesURL = "https://api.openai.com/v1/responses"
        let configuration = RouterConfiguration(connections: [RoutingFixture.connection("openai", baseURL: baseURL)])
        let snapshot = CatalogSnapshot(
            configuration: configuration, catalog: ProviderCatalog(providers: [provider]))
        return try #require(try snapshot.plan(model: "openai/\(model)", clientFormat: client).targets.first)
    }

    @Test(
        arguments: [
            (.openAIChat, .openAIChat), (.openAIResponses, .openAIResponses), (.anthropicMessages, .openAIResponses),
            (.gemini, .openAIResponses), (.ollama, .openAIChat),
        ] as [(WireFormat, WireFormat)])
    func theFormatFollowsTheClient(client: WireFormat, expected: WireFormat) throws {
        let target = try format(of: client)
        #expect(target.format == expected)
        #expect(target.endpoint.path == (expected == .openAIChat ? "/v1/chat/completions" : "/v1/responses"))
        #expect(target.isNative)
    }

    @Test(arguments: ["gpt-4o-audio-preview", "gpt-4o-search-preview"])
    func someModelsKnowChatOnly(model: String) throws {
        #expect(try format(of: .anthropicMessages, model: model).format == .openAIChat)
    }

    @Test(
        arguments: [
            ("https://eu.api.openai.com/v1", .openAIResponses), ("http://127.0.0.1:9/v1", .openAIChat),
            ("https://api.openai.com.example/v1", .openAIChat),
        ] as [(String, WireFormat)])
    func imitationsAreAddressedInChat(baseURL: String, expected: WireFormat) throws {
        #expect(try format(of: .openAIResponses, baseURL: baseURL).format == expected)
    }
}
