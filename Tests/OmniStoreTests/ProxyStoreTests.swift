import GRDB
import OmniCore
import Testing

@testable import OmniStore

/// Network proxies, and what becomes of them.
@Suite struct ProxyStoreTests {
    private static let proxy = NetworkProxy(
        kind: .socks5, host: "proxy.example", port: 1080, username: "someone", password: "pässword")

    @Test func theySurviveARestart() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        var options = ProxySettings.Options()
        options.bypass = try ProxyBypass(rules: ["10.0.0.0/8", ".example"], path: "noProxy")
        options.bypass.includesLoopback = false
        options.testURL = "https://echo.example/"
        try await store.changeProxies(
            [(.global, .proxy(Self.proxy)), (.init(.provider, "openai"), .direct)], options: options)
        let kept = try await folder.store(exclusive: false).configuration.load().proxies
        #expect(kept.choices == [.global: .proxy(Self.proxy), .init(.provider, "openai"): .direct])
        #expect(kept.options == options)
        try await store.changeProxies([(.global, nil)], options: nil)
        let left = try await store.load().proxies
        #expect(left.choices == [.init(.provider, "openai"): .direct] && left.options == options)
    }

    @Test func nothingOfThemIsReadable() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.changeProxies([(.global, .proxy(Self.proxy))], options: nil)
        let stored = try await store.pool.read { try String.fetchAll($0, sql: "SELECT definition FROM proxy") }
        #expect(stored.count == 1 && stored[0].hasPrefix("v1.") && !stored[0].contains("someone"))
    }

    @Test func theyGoWithWhatTheyAreFor() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        let node = ProviderNode(
            id: ProviderNodeID("n"), name: "node", prefix: "n", type: .openAICompatible,
            baseURL: "https://example.com", createdAt: 1, updatedAt: 1)
        try await store.insertNode(node)
        for id in ["a", "b"] {
            try await store.insertConnection(
                Connection(id: ConnectionID(id), provider: ProviderID(id == "a" ? "n" : "openai"), name: id))
        }
        try await store.insertCombo(Combo(id: ComboID("c"), name: "c", steps: [ComboStep("openai/x")]))
        let places: [ProxySettings.Place] = [
            .init(.provider, "n"), .init(.key, "a"), .init(.key, "b"), .init(.combo, "c"), .global,
        ]
        try await store.changeProxies(places.map { ($0, .proxy(Self.proxy)) }, options: nil)
        _ = try await store.deleteNode(node.id)
        #expect(try await Set(store.load().proxies.choices.keys) == [.init(.key, "b"), .init(.combo, "c"), .global])
        _ = try await store.deleteConnection(ConnectionID("b"))
        _ = try await store.deleteCombo(ComboID("c"))
        #expect(try await Set(store.load().proxies.choices.keys) == [.global])
    }
}
