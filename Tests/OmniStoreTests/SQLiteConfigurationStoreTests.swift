import Foundation
import OmniCore
import Testing

@testable import OmniStore

@Suite struct SQLiteConfigurationStoreTests {
    private static func connection(_ id: String, provider: String = "openai", name: String? = nil) -> Connection {
        Connection(
            id: ConnectionID(id), provider: ProviderID(provider), name: name ?? id, priority: 3, isActive: false,
            baseURL: "http://127.0.0.1:1/v1", credential: Credential(apiKey: "key-of-\(id)"), defaultModel: "m",
            testStatus: "error", lastError: "refused", lastErrorAt: 5, lastTestedAt: 6, createdAt: 7, updatedAt: 8)
    }

    private static func node(_ id: String, prefix: String? = nil) -> ProviderNode {
        ProviderNode(
            id: ProviderNodeID(id), name: "Node \(id)", prefix: prefix ?? id, type: .openAICompatible,
            apiType: .responses,
            baseURL: "http://127.0.0.1:2", createdAt: 1, updatedAt: 2)
    }

    private static func key(_ id: String, digest: [UInt8]) -> ClientKey {
        ClientKey(id: ClientKeyID(id), name: "Key \(id)", digest: digest, mask: "sk-****", createdAt: 3)
    }

    /// Opens a store in a new folder, and once more when `body` is done: what it left must be there again.
    private func changing(
        _ body: (SQLiteConfigurationStore) async throws -> Void
    ) async throws -> RouterConfiguration {
        let folder = try TemporaryFolder()
        try await body(try folder.store().configuration)
        return try await folder.store().configuration.load()
    }

    @Test func aNewStoreIsEmpty() async throws {
        #expect(try await changing { _ in } == RouterConfiguration())
    }

    @Test func connectionsKeepEveryField() async throws {
        let bare = Connection(id: ConnectionID("bare"), provider: ProviderID("p"), name: "")
        let loaded = try await changing { store in
            try await store.insertConnection(Self.connection("a"))
            try await store.insertConnection(bare)
        }
        #expect(loaded.connections == [bare, Self.connection("a")])
    }

    @Test func connectionsChangeAndGo() async throws {
        var changed = Self.connection("a")
        changed.name = "renamed"
        changed.isActive = true
        changed.credential = Credential(apiKey: "new-key")
        changed.baseURL = nil
        changed.lastError = nil
        let loaded = try await changing { store in
            for id in ["a", "b"] { try await store.insertConnection(Self.connection(id)) }
            #expect(try await store.updateConnection(changed))
            #expect(try await store.deleteConnection(ConnectionID("b")))
            #expect(try await !store.deleteConnection(ConnectionID("b")))
            #expect(try await !store.updateConnection(Self.connection("b")))
        }
        #expect(loaded.connections == [changed])
    }

    @Test func nodesTakeTheirConnectionsWithThem() async throws {
        var changed = Self.node("n1")
        changed.prefix = "other"
        changed.type = .anthropicCompatible
        changed.apiType = nil
        let loaded = try await changing { store in
            for id in ["n1", "n2"] { try await store.insertNode(Self.node(id)) }
            for (id, provider) in [("a", "n1"), ("b", "n2"), ("c", "n2")] {
                try await store.insertConnection(Self.connection(id, provider: provider))
            }
            #expect(try await store.updateNode(changed))
            #expect(try await store.deleteNode(ProviderNodeID("n2")))
            #expect(try await !store.deleteNode(ProviderNodeID("n2")))
            #expect(try await !store.updateNode(Self.node("n2")))
        }
        #expect(loaded.nodes == [changed])
        #expect(loaded.connections.map(\.id.rawValue) == ["a"])
    }

    /// A catalogue provider is no node: deleting it as one must not touch its connections.
    @Test func deletingWhatIsNoNodeDeletesNothing() async throws {
        let loaded = try await changing { store in
            try await store.insertConnection(Self.connection("a", provider: "openai"))
            #expect(try await !store.deleteNode(ProviderNodeID("openai")))
        }
        #expect(loaded.connections.map(\.id.rawValue) == ["a"])
    }

    @Test(arguments: ProviderNode.Kind.allCases)
    func everyKindOfNodeIsKept(_ kind: ProviderNode.Kind) async throws {
        var node = Self.node("n")
        node.type = kind
        #expect(try await changing { try await $0.insertNode(node) }.nodes == [node])
    }

    @Test func clientKeysAreRevoked() async throws {
        var revoked = Self.key("k1", digest: [0, 255, 1])
        revoked.isActive = false
        revoked.revokedAt = 99
        let loaded = try await changing { store in
            try await store.insertClientKey(Self.key("k1", digest: [0, 255, 1]))
            try await store.insertClientKey(Self.key("k2", digest: [2]))
            #expect(try await store.updateClientKey(revoked))
            #expect(try await !store.updateClientKey(Self.key("k3", digest: [3])))
        }
        #expect(loaded.clientKeys == [revoked, Self.key("k2", digest: [2])])
    }

    @Test func aliasesAreReplacedAndRemoved() async throws {
        let loaded = try await changing { store in
            for (alias, model) in [("fast", "a/b"), ("slow", "c/d"), ("fast", "e/f"), ("Fast", "g/h")] {
                try await store.setAlias(ModelAlias(alias: alias, model: model))
            }
            #expect(try await store.removeAlias("slow"))
            #expect(try await !store.removeAlias("slow"))
        }
        #expect(
            loaded.aliases == [ModelAlias(alias: "Fast", model: "g/h"), ModelAlias(alias: "fast", model: "e/f")])
    }

    @Test(arguments: [nil, true, false] as [Bool?], [true, false])
    func settingsAreKept(requireAPIKey: Bool?, requireLogin: Bool) async throws {
        let settings = RouterSettings(requireAPIKey: requireAPIKey, requireLogin: requireLogin)
        let loaded = try await changing { store in
            try await store.updateSettings(RouterSettings(requireAPIKey: true, requireLogin: true))
            try await store.updateSettings(settings)
        }
        #expect(loaded.settings == settings)
    }

    struct Duplicate: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var insert: @Sendable (SQLiteConfigurationStore) async throws -> Void
    }

    static let duplicates = [
        Duplicate(testDescription: "connection id") { try await $0.insertConnection(connection("a", name: "other")) },
        Duplicate(testDescription: "connection name at one provider") {
            try await $0.insertConnection(connection("x", name: "a"))
        },
        Duplicate(testDescription: "connection renamed to another's name") {
            _ = try await $0.updateConnection(connection("b", name: "a"))
        },
        Duplicate(testDescription: "node id") { try await $0.insertNode(node("n", prefix: "other")) },
        Duplicate(testDescription: "node prefix") { try await $0.insertNode(node("m", prefix: "n")) },
        Duplicate(testDescription: "client key id") { try await $0.insertClientKey(key("k", digest: [9])) },
        Duplicate(testDescription: "client key digest") { try await $0.insertClientKey(key("l", digest: [1])) },
    ]

    @Test(arguments: duplicates)
    func whatMustBeUniqueIs(_ duplicate: Duplicate) async throws {
        let loaded = try await changing { store in
            for id in ["a", "b"] { try await store.insertConnection(Self.connection(id)) }
            try await store.insertConnection(Self.connection("c", provider: "anthropic", name: "a"))
            try await store.insertNode(Self.node("n"))
            try await store.insertClientKey(Self.key("k", digest: [1]))
            let before = try await store.load()
            await #expect(throws: (any Error).self) { try await duplicate.insert(store) }
            #expect(try await store.load() == before)
        }
        #expect(loaded.connections.count == 3 && loaded.nodes.count == 1 && loaded.clientKeys.count == 1)
    }

    @Test func providerKeysAreNotInTheFiles() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        try await store.configuration.insertConnection(Self.connection("needle"))
        var changed = Self.connection("needle")
        changed.credential = Credential(apiKey: "second-secret-value")
        _ = try await store.configuration.updateConnection(changed)
        let files = try folder.everything()
        #expect(files.range(of: Data("http://127.0.0.1:1/v1".utf8)) != nil, "the row itself is there")
        #expect(files.range(of: Data("key-of-needle".utf8)) == nil)
        #expect(files.range(of: Data("second-secret-value".utf8)) == nil)
    }

    @Test func anotherKeyOpensNothing() async throws {
        let folder = try TemporaryFolder()
        try await folder.store(key: "one").configuration.insertConnection(Self.connection("a"))
        let store = try folder.store(key: "two").configuration
        let error = try await #require(throws: StoreError.self) { try await store.load() }
        #expect(error.code == .decryption)
        #expect(try await folder.store(key: "one").configuration.load().connections.count == 1)
    }

    @Test func openingAgainChangesNothing() async throws {
        let folder = try TemporaryFolder()
        try await folder.store().configuration.insertConnection(Self.connection("a"))
        for _ in 0..<3 {
            let loaded = try await folder.store().configuration.load()
            #expect(loaded.connections == [Self.connection("a")])
        }
    }

    /// The daemon runs while a tool looks on and changes something.
    @Test func twoOpenersSeeEachOthersChanges() async throws {
        let folder = try TemporaryFolder()
        let daemon = try folder.store()
        let tool = try folder.store(exclusive: false)
        try await tool.configuration.insertConnection(Self.connection("a"))
        try await daemon.configuration.setAlias(ModelAlias(alias: "x", model: "y"))
        #expect(try await daemon.configuration.load().connections.count == 1)
        #expect(try await tool.configuration.load().aliases.count == 1)
    }
}
