import OmniCore
import Testing

@testable import OmniStore

/// Settings of limits, affinity and profiles.
@Suite struct LimitStoreTests {
    @Test func settingsOfResilienceAndLimitsAreKept() async throws {
        var routing = RoutingSettings()
        routing.keepsAccounts = false
        routing.resilience.profiles.oauth.transientBase = 9_000_000_000
        routing.resilience.defaults.tokensPerMinute = 1000
        routing.resilience.defaults.minimumInterval = .milliseconds(250)
        var connection = Connection(id: ConnectionID("a"), provider: ProviderID("p"), name: "a")
        connection.options.profile = .local
        connection.options.isLimited = false
        connection.options.minimumInterval = .seconds(1)
        var limits = RateLimits()
        limits.requestsPerMinute = 3
        limits.maximumConcurrency = 2
        connection.options.modelLimits = ["m/\"x\"": limits]
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.updateRouting(routing)
        try await store.insertConnection(connection)
        let loaded = try await folder.store().configuration.load()
        #expect(loaded.routing == routing)
        #expect(loaded.connections == [connection])
    }
}
