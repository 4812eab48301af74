import OmniCore
import OmniTranslate
import Testing

/// Which accounts of a provider become targets, in which order and with which address and headers.
@Suite struct AccountSelectionTests {
    private func targets(_ model: String, _ connections: [Connection], nodes: [ProviderNode] = []) throws -> [Target] {
        let configuration = RouterConfiguration(connections: connections, nodes: nodes)
        return try RoutingFixture.snapshot(configuration).plan(model: model, clientFormat: .openAIChat).targets
    }

    @Test func accountsAreTriedByPriorityThenAgeThenID() throws {
        let targets = try targets(
            "openai/gpt-4o",
            [
                RoutingFixture.connection("openai", id: "z", priority: 2, createdAt: 1),
                RoutingFixture.connection("openai", id: "d", priority: 1, createdAt: 9),
                RoutingFixture.connection("openai", id: "c", priority: 1, createdAt: 5),
                RoutingFixture.connection("openai", id: "b", priority: 1, createdAt: 5),
                RoutingFixture.connection("openai", id: "a", priority: 3, createdAt: 0),
            ])
        #expect(targets.map(\.connection?.rawValue) == ["b", "c", "d", "z", "a"])
    }

    @Test func inactiveAccountsAndThoseWithoutAKeyAreLeftOut() throws {
        let targets = try targets(
            "openai/gpt-4o",
            [
                RoutingFixture.connection("openai", id: "inactive", isActive: false),
                RoutingFixture.connection("openai", id: "keyless", key: nil),
                RoutingFixture.connection("openai", id: "empty", key: ""),
                RoutingFixture.connection("openai", id: "good"),
            ])
        #expect(targets.map(\.connection?.rawValue) == ["good"])
    }

    @Test func aProviderWhoseKeyIsOptionalServesWithoutOne() throws {
        let target = try #require(try targets("keyless/free-1", [RoutingFixture.connection("keyless", key: nil)]).first)
        #expect(!target.headers.contains { $0.name == "authorization" })
    }

    @Test func aNodeServesWithoutAKey() throws {
        let connection = RoutingFixture.connection("node-1", key: nil)
        let target = try #require(try targets("local/m", [connection], nodes: [RoutingFixture.node()]).first)
        #expect(target.headers.isEmpty)
        #expect(target.endpoint == UpstreamEndpoint(url: "http://127.0.0.1:8000/v1/chat/completions"))
    }

    @Test(arguments: [
        (
            ProviderNode.Kind.openAICompatible, WireFormat.openAIChat, "/v1/chat/completions", "authorization",
            "Bearer key-1"
        ),
        (.anthropicCompatible, .anthropicMessages, "/v1/messages", "x-api-key", "key-1"),
    ])
    func aNodeHasTheFormatAndHeadersOfItsType(
        type: ProviderNode.Kind, format: WireFormat, path: String, header: String, value: String
    ) throws {
        let node = RoutingFixture.node(type: type)
        let target = try #require(try targets("local/m", [RoutingFixture.connection("node-1")], nodes: [node]).first)
        #expect(target.format == format)
        #expect(target.endpoint.path == path)
        #expect(target.headers.map(\.name) == [header])
        #expect(target.headers.map(\.value) == [value])
        #expect(!target.isNative)
    }

    @Test func staticHeadersComeWithTheKeyInLowerCase() throws {
        let target = try #require(
            try targets("cc/claude-opus-4-6", [RoutingFixture.connection("anthropic")]).first)
        #expect(target.headers.map(\.name) == ["x-static", "x-api-key"])
        #expect(target.headers.map(\.value) == ["1", "key-1"])
        #expect(target.isNative)
        #expect(target.capabilities.maxOutputTokens == 4096)
    }

    /// Keys are free text; one that holds `&` or a blank must not change the request line.
    @Test(arguments: [("plain", "plain"), ("a&b=c", "a%26b%3Dc"), ("with space", "with%20space"), ("ä", "%C3%A4")])
    func aKeyInTheQueryIsEncoded(key: String, encoded: String) throws {
        let target = try #require(try targets("queried/q-1", [RoutingFixture.connection("queried", key: key)]).first)
        #expect(target.endpoint.path == "/chat/completions?key=\(encoded)")
        #expect(!target.headers.contains { $0.name == "authorization" })
    }

    struct AddressCase: CustomTestStringConvertible {
        var model: String
        var baseURL: String?
        /// nil: no account can be used.
        var url: String?
        var testDescription: String { "\(model) at \(baseURL ?? "its own address")" }
    }

    @Test(arguments: [
        AddressCase(model: "openai/m", baseURL: nil, url: "https://openai.example/v1/chat/completions"),
        AddressCase(
            model: "openai/m", baseURL: "http://127.0.0.1:9000/v1", url: "http://127.0.0.1:9000/v1/chat/completions"),
        AddressCase(model: "anthropic/m", baseURL: "http://127.0.0.1:9000", url: "http://127.0.0.1:9000/v1/messages"),
        // A key meant for an own address must not go to the public one because that address was mistyped.
        AddressCase(model: "openai/m", baseURL: "localhost:9000", url: nil),
        AddressCase(model: "walled/m", baseURL: nil, url: nil),
        AddressCase(model: "walled/m", baseURL: "https://w.example/v1", url: "https://w.example/v1/chat/completions"),
        AddressCase(model: "accounted/m", baseURL: nil, url: nil),
        AddressCase(
            model: "accounted/m", baseURL: "https://host.example/42/v1",
            url: "https://host.example/42/v1/chat/completions"),
    ])
    func anAccountsOwnAddressReplacesTheProviders(_ expected: AddressCase) throws {
        let provider = String(try #require(expected.model.split(separator: "/").first))
        let connection = RoutingFixture.connection(provider, baseURL: expected.baseURL)
        guard let url = expected.url else {
            let fault = try #require(throws: UpstreamFault.self) { try targets(expected.model, [connection]) }
            #expect(fault.code == "no_connection")
            return
        }
        let target = try #require(try targets(expected.model, [connection]).first)
        #expect(target.endpoint == UpstreamEndpoint(url: url))
    }

    @Test func onlyLiveKeysAdmitClients() {
        let digests: [[UInt8]] = [[1], [2], [3], [4]]
        let keys = [
            ClientKey(id: ClientKeyID("live"), name: "", digest: digests[0], mask: ""),
            ClientKey(id: ClientKeyID("inactive"), name: "", digest: digests[1], mask: "", isActive: false),
            ClientKey(id: ClientKeyID("revoked"), name: "", digest: digests[2], mask: "", revokedAt: 5),
        ]
        let snapshot = RoutingFixture.snapshot(RouterConfiguration(clientKeys: keys))
        #expect(digests.map { snapshot.clientKey(digest: $0)?.rawValue } == ["live", nil, nil, nil])
    }

    @Test(arguments: [(nil, false), (false, false), (true, true)] as [(Bool?, Bool)])
    func clientKeysAreDemandedBySetting(stored: Bool?, expected: Bool) {
        let configuration = RouterConfiguration(settings: RouterSettings(requireAPIKey: stored))
        #expect(RoutingFixture.snapshot(configuration).requiresClientKey == expected)
    }
}
