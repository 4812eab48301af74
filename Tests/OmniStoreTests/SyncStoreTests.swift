import Foundation
import OmniCore
import Testing

@testable import OmniStore

/// What synchronising changes in the store, in one step.
@Suite struct SyncStoreTests {
    private static func combo(_ id: String, _ name: String) -> Combo {
        Combo(id: ComboID(id), name: name, steps: [], createdAt: 1, updatedAt: 1)
    }

    /// Changes a store and opens it again.
    private func changing(
        _ before: (SQLiteConfigurationStore) async throws -> Void,
        _ change: @escaping @Sendable (inout RouterConfiguration) -> Void
    ) async throws -> (wanted: RouterConfiguration, kept: RouterConfiguration) {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await before(store)
        var wanted = try await store.load()
        change(&wanted)
        let isChanged = try await store.changeConfiguration(record: "r") { current in
            var changed = current
            change(&changed)
            return changed
        }
        #expect(isChanged)
        return (wanted, try await folder.store(exclusive: false).configuration.load())
    }

    @Test func namesCanBeSwapped() async throws {
        let (wanted, kept) = try await changing { store in
            try await store.insertCombo(Self.combo("1", "a"))
            try await store.insertCombo(Self.combo("2", "b"))
        } _: { configuration in
            configuration.combos = [Self.combo("2", "a"), Self.combo("1", "b")]
        }
        #expect(kept.combos == wanted.combos)
    }

    @Test func everyKindIsWritten() async throws {
        let (wanted, kept) = try await changing { store in
            try await store.setAlias(ModelAlias(alias: "gone", model: "m"))
            try await store.insertNode(
                ProviderNode(
                    id: ProviderNodeID("old"), name: "n", prefix: "p", type: .openAICompatible, baseURL: "http://x"))
        } _: { configuration in
            configuration.nodes = [
                ProviderNode(
                    id: ProviderNodeID("new"), name: "n", prefix: "p", type: .openAICompatible, apiType: .chat,
                    baseURL: "http://y", createdAt: 2)
            ]
            configuration.connections = [
                Connection(
                    id: ConnectionID("c"), provider: ProviderID("new"), name: "c", credential: Credential(apiKey: "k"),
                    createdAt: 3)
            ]
            configuration.aliases = [ModelAlias(alias: "new", model: "m")]
            configuration.policies = [RouterPolicy(id: "p", name: "p", action: .deny(reason: nil))]
            configuration.customModels = [CustomModel(provider: ProviderID("new"), id: "M", createdAt: 4)]
            configuration.prices[ProviderID("new"), "M"] = PriceRow(input: 1)
            var limits = UsageLimits()
            limits.requestsPerDay = 5
            configuration.limits = [.global: limits]
            configuration.clientKeys = [
                ClientKey(
                    id: ClientKeyID("k"), name: "k", digest: Array(repeating: 7, count: 32), mask: "m", createdAt: 5)
            ]
            configuration.routing.maximumAttempts = 3
            configuration.shaping.systemPrompt.prompt = "p"
            var registration = OAuthRegistration()
            registration.clientSecret = "s"
            configuration.oauth = ["i": registration]
        }
        #expect(kept == wanted)
    }

    @Test func tokensOfAnAccountStay() async throws {
        let tokens = OAuthTokens(issuer: "i", accessToken: "a", obtainedAt: 1)
        let (wanted, kept) = try await changing { store in
            try await store.insertConnection(
                Connection(id: ConnectionID("o"), provider: ProviderID("p"), name: "o", credential: .oauth(tokens)))
        } _: { configuration in
            configuration.connections[0].priority = 4
        }
        #expect(kept.connections == wanted.connections && kept.connections[0].credential == .oauth(tokens))
    }

    @Test func nothingIsChangedWhenTheChangeIsGivenUpOrFails() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.insertCombo(Self.combo("1", "a"))
        try await store.setSyncText(.record, "before")
        #expect(try await store.changeConfiguration(record: "after") { _ in nil } == false)
        await #expect(throws: (any Error).self) {
            _ = try await store.changeConfiguration(record: "after") { current in
                var changed = current
                changed.aliases = [ModelAlias(alias: "x", model: "m")]
                changed.combos.append(Self.combo("2", "a"))
                return changed
            }
        }
        let kept = try await store.load()
        #expect(kept.combos.count == 1 && kept.aliases.isEmpty)
        #expect(try await store.syncText(.record) == "before")
    }

    @Test func whatIsKeptIsEncrypted() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.setSyncText(.settings, "a-passphrase-that-is-secret")
        #expect(try await store.syncText(.settings) == "a-passphrase-that-is-secret")
        #expect(try folder.everything().range(of: Data("a-passphrase-that-is-secret".utf8)) == nil)
        try await store.setSyncText(.settings, nil)
        #expect(try await store.syncText(.settings) == nil)
    }

    @Test func bundlesAreReplacedByWhoeverKnowsThem() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        #expect(try await store.setHostedBundle("b", [1], version: "1", replacing: "0") == false)
        #expect(try await store.setHostedBundle("b", [1], version: "1", replacing: nil))
        #expect(try await store.setHostedBundle("b", [2], version: "2", replacing: nil) == false)
        #expect(try await store.setHostedBundle("b", [2], version: "2", replacing: "1"))
        #expect(try await store.hostedBundle("b") == StoredSync(bytes: [2], version: "2"))
        #expect(try await store.hostedBundles().map(\.size) == [1])
        #expect(try await store.removeHostedBundle("b"))
        #expect(try await store.hostedBundle("b") == nil)
    }

    @Test func tokensAreKnownByTheirDigests() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        let token = SyncToken(id: "t", name: "n", digest: [1, 2, 3], createdAt: 4)
        try await store.insertSyncToken(token)
        #expect(try await store.useSyncToken(digest: [1, 2], at: 5) == false)
        #expect(try await store.useSyncToken(digest: [1, 2, 3], at: 5))
        #expect(try await store.syncTokens().map(\.usedAt) == [5])
        #expect(try await store.removeSyncToken("t"))
        #expect(try await store.useSyncToken(digest: [1, 2, 3], at: 6) == false)
    }
}
