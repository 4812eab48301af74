import OmniCore
import Testing

@testable import OmniStore

@Suite struct UsageLimitStoreTests {
    @Test("limits are kept by scope, and those that limit nothing go")
    func roundTrip() async throws {
        var limits = UsageLimits()
        limits.money[.weekly] = NanoDollars(1)
        limits.schedule = .init(from: 60, until: 120, days: [0, 6])
        limits.utcOffset = -90
        let scopes: [LimitScope] = [
            .global, .clientKey(ClientKeyID("k")), .connection(ConnectionID("c")),
            .model(provider: ProviderID("openai"), model: "a/b"),
        ]
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        for scope in scopes { try await store.setLimits(limits, of: scope) }
        let loaded = try await folder.store().configuration.load().limits
        #expect(loaded == Dictionary(uniqueKeysWithValues: scopes.map { ($0, limits) }))
        for scope in scopes { try await store.setLimits(UsageLimits(), of: scope) }
        #expect(try await store.load().limits.isEmpty)
    }
}
