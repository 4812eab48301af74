import OmniCore
import Testing

@testable import OmniProviders

/// How long lists are remembered, and which.
@Suite struct ModelListCacheTests {
    private static func key(_ id: String, key: String = "k", baseURL: String? = nil) -> ModelListCache.Key {
        ModelListCache.Key(
            Connection(
                id: ConnectionID(id), provider: ProviderID("p"), name: id, baseURL: baseURL,
                credential: Credential(apiKey: key)), node: nil)
    }

    private static func list(_ id: String) -> DiscoveredModels {
        DiscoveredModels(models: [DiscoveredModel(id: id)], fetchedAt: 0)
    }

    @Test func listsGrowOld() {
        var cache = ModelListCache(lifetime: .seconds(10))
        cache.keep(Self.list("m"), for: Self.key("a"), at: 1_000_000_000)
        let (young, old) = (
            cache.list(for: Self.key("a"), at: 10_999_999_999), cache.list(for: Self.key("a"), at: 11_000_000_000)
        )
        #expect(young == Self.list("m"))
        #expect(old == nil)
    }

    @Test func anotherKeyOrAddressIsAnotherList() {
        var cache = ModelListCache()
        cache.keep(Self.list("m"), for: Self.key("a"), at: 0)
        let others = [Self.key("a", key: "other"), Self.key("a", baseURL: "http://h"), Self.key("b")]
        let found = others.compactMap { cache.list(for: $0, at: 1) }
        #expect(found.isEmpty)
    }

    @Test func theOldestGoes() {
        var cache = ModelListCache(capacity: 2)
        for (time, name) in ["a", "b", "c"].enumerated() {
            cache.keep(Self.list(name), for: Self.key(name), at: UInt64(time))
        }
        let isKept = ["a", "b", "c"].map { cache.list(for: Self.key($0), at: 5) != nil }
        #expect(isKept == [false, true, true])
    }
}
