import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// `/api/cache`, and the settings of the cache.
@Suite(.timeLimit(.minutes(5))) struct CacheRoutesTests {
    @Test func anEmptyCacheSaysSo() async throws {
        try await TestAdmin.run { admin async throws in
            let cache = try #require(try await admin.call(.get, "/api/cache").json["semanticCache"])
            for name: StaticString in ["memorySize", "dbSize", "hits", "misses", "tokensSaved"] {
                #expect(cache[name]?.int == 0)
            }
            #expect(cache["hitRate"]?.double == 0 && cache["memoryMaxSize"]?.int == 10_000)
            #expect(cache["mode"]?.string == "deterministic" && cache["ttlMs"]?.int == 3_600_000)
            let semantic = try #require(cache["semantic"])
            #expect(semantic["enabled"]?.bool == false && semantic["restMs"]?.int == 0)
            #expect(semantic["lastFailure"]?.isNull == true && semantic["threshold"]?.double == 0.95)
            for name: StaticString in [
                "hits", "misses", "hitRate", "entries", "bytes", "stored", "embeddingCalls", "embeddingFailures",
                "embeddingTimeouts", "embeddingCost",
            ] {
                #expect(semantic[name]?.double == 0)
            }
            let keys = try #require(try await admin.call(.get, "/api/cache").json["idempotency"])
            #expect(keys["activeKeys"]?.int == 0 && keys["windowMs"]?.int == 5000)
            let cleared = try await admin.call(.delete, "/api/cache").json
            #expect(cleared["ok"]?.bool == true && cleared["removed"]?.int == 0 && cleared["expiredRemoved"]?.int == 0)
            #expect(try await admin.call(.delete, "/api/cache?expired=true").status == 200)
            #expect(try await admin.call(.delete, "/api/cache?expired=perhaps").status == 400)
            let both = try await admin.call(.delete, "/api/cache?expired=true&model=m")
            #expect(both.status == 400)
            #expect(try both.errorField == "model")
        }
    }

    @Test(arguments: [HTTPRequest.Method.get, .delete])
    func strangersAreSentAway(method: HTTPRequest.Method) async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            #expect(try await admin.call(method, "/api/cache").status == 401)
        }
    }

    @Test func settingsAreKept() async throws {
        try await TestAdmin.run { admin async throws in
            let changed = try await admin.call(
                .patch, "/api/settings", #"{"cache":{"mode":"all","ttlMs":60000,"odd":1}}"#)
            #expect(changed.status == 200)
            #expect(try changed.json["cache"]?["mode"]?.string == "all")
            #expect(try changed.json["cache"]?["scope"]?.string == "key")
            #expect(try changed.json["ignored"]?.elements.map(\.string) == ["cache.odd"])
            let stored = try await admin.store.configuration.load().routing.cache
            #expect(stored.mode == .all && stored.lifetime == .seconds(60))
            #expect(admin.publications.value == 1)
            let refused = try await admin.call(.patch, "/api/settings", #"{"cache":{"maxEntries":0}}"#)
            #expect(refused.status == 400)
            #expect(try refused.errorField == "cache.maxEntries")
            let nameless = try await admin.call(.patch, "/api/settings", #"{"cache":{"semantic":{"enabled":true}}}"#)
            #expect(nameless.status == 400)
            #expect(try nameless.errorField == "cache.semantic.model")
            _ = try await admin.call(
                .patch, "/api/settings", #"{"cache":{"semantic":{"enabled":true,"model":"up/embed"}}}"#)
            #expect(try await admin.store.configuration.load().routing.cache.semantic.model == "up/embed")
            #expect(try await admin.store.configuration.load().routing.cache.mode == .all)
            _ = try await admin.call(.patch, "/api/settings", #"{"cache":null}"#)
            #expect(try await admin.store.configuration.load().routing.cache == CacheSettings())
        }
    }
}
