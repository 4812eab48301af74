import GRDB
import OmniCore
import OmniTranslate
import Testing

@testable import OmniStore

/// Policies, limits of client keys and what is decided about all requests.
@Suite struct RuleStoreTests {
    /// Opens a store in a new folder, and once more when `body` is done: what it left must be there again.
    private func changing(
        _ body: (SQLiteConfigurationStore) async throws -> Void
    ) async throws -> RouterConfiguration {
        let folder = try TemporaryFolder()
        try await body(try folder.store().configuration)
        return try await folder.store().configuration.load()
    }

    private static func policy(_ id: String, _ action: RouterPolicy.Action) -> RouterPolicy {
        var match = RouterPolicy.Match()
        match.clientKeys = [ClientKeyID("k")]
        match.models = ["a/*", "b"]
        match.clientFormats = [.gemini, .ollama]
        match.times = [TimeWindow(weekdays: [0, 6], start: 1350, end: 360, zoneOffset: -90), TimeWindow()]
        match.minimumInput = 0
        match.maximumInput = 7
        match.minimumCost = 0.25
        match.maximumCost = 3
        return RouterPolicy(id: id, name: "ä \(id)", isEnabled: false, priority: -3, match: match, action: action)
    }

    @Test func policiesKeepEveryFieldInTheOrderTheyWereMade() async throws {
        let policies = [
            Self.policy("z", .allow), Self.policy("y", .deny(reason: "r")), Self.policy("x", .deny(reason: nil)),
            Self.policy("w", .rewrite(model: "m")), Self.policy("v", .force(combo: "c")),
        ]
        let loaded = try await changing { store in
            for policy in policies { try await store.insertPolicy(policy) }
        }
        #expect(loaded.policies == policies)
    }

    @Test func policiesChangeInTheirPlaceAndGo() async throws {
        let changed = Self.policy("a", .rewrite(model: "n"))
        let loaded = try await changing { store in
            for id in ["a", "b", "c"] { try await store.insertPolicy(Self.policy(id, .allow)) }
            #expect(try await store.updatePolicy(changed))
            #expect(try await store.deletePolicy("b"))
            #expect(try await !store.deletePolicy("b"))
            #expect(try await !store.updatePolicy(Self.policy("b", .allow)))
        }
        #expect(loaded.policies == [changed, Self.policy("c", .allow)])
    }

    @Test func aPolicyOfALaterVersionIsNotLeftOut() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.insertPolicy(Self.policy("a", .allow))
        try await store.pool.write { try $0.execute(sql: "UPDATE policy SET definition = '{\"action\":\"explode\"}'") }
        await #expect(throws: StoreError.self) { try await store.load() }
    }

    @Test func limitsOfKeysAreKept() async throws {
        var key = ClientKey(id: ClientKeyID("k"), name: "k", digest: [1], mask: "m")
        let loaded = try await changing { store in
            try await store.insertClientKey(key)
            #expect(try await store.load().clientKeys == [key])
            key.limits.models = ["a/*"]
            key.limits.connections = [ConnectionID("c")]
            #expect(try await store.updateClientKey(key))
        }
        #expect(loaded.clientKeys == [key])
    }

    @Test func settingsOfRequestsAreKept() async throws {
        var shaping = RequestShaping()
        shaping.thinking.mode = .adaptive
        shaping.thinking.effortLevel = .high
        shaping.thinking.customBudget = 0
        shaping.systemPrompt.isEnabled = true
        shaping.systemPrompt.prompt = " two\nlines \u{1F642}\t"
        var filter = AddressFilter()
        filter.isEnabled = true
        filter.mode = .whitelistPriority
        filter.denied = try [#require(AddressRange("10.0.0.0/8")), #require(AddressRange("::/0"))]
        filter.allowed = try [#require(AddressRange("10.1.1.1"))]
        let untouched = try await changing { _ in }
        #expect(untouched.shaping == RequestShaping() && untouched.addressFilter == AddressFilter())
        let loaded = try await changing { [shaping, filter] store in
            try await store.updateShaping(shaping)
            try await store.updateAddressFilter(filter)
        }
        #expect(loaded.shaping == shaping)
        #expect(loaded.addressFilter == filter)
    }
}
