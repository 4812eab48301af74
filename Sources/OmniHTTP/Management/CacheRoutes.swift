import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON
import OmniTranslate

extension ManagementAPI {
    var cacheRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/cache", .read, .showCache, showCache),
            ManagementRoute(.delete, "/api/cache", .write, .clearCache, clearCache),
        ]
    }

    /// What is in the cache of answers and what came of it, and the keys whose answers duplicates share.
    private func showCache(_ call: ManagementRequest) async throws -> ManagementResponse {
        let figures = dependencies.cache.figures
        let keys = dependencies.idempotency.activeKeys(now: dependencies.clock.wallMilliseconds())
        let window = dependencies.idempotency.window
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("semanticCache")
            writer.write(figures, now: dependencies.clock.wallMilliseconds())
            writer.key("idempotency")
            writer.beginObject()
            writer.key("activeKeys")
            writer.value(keys)
            writer.key("windowMs")
            writer.value(Int(window / .milliseconds(1)))
            writer.endObject()
            writer.endObject()
        }
    }

    /// Empties the cache, or removes the answers of one model (`?model=`) or those that have expired (`?expired=true`).
    private func clearCache(_ call: ManagementRequest) async throws -> ManagementResponse {
        let now = dependencies.clock.wallMilliseconds()
        let (removed, expired): (Int, Int)
        if try call.flag("expired") == true {
            guard call.query("model") == nil else {
                throw ManagementError.invalid("model", "not together with expired")
            }
            expired = dependencies.cache.removeExpired(now: now)
            removed = expired
        } else {
            (removed, expired) = dependencies.cache.clear(model: call.query("model"), now: now)
        }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("ok")
            writer.value(true)
            writer.key("success")
            writer.value(true)
            writer.key("removed")
            writer.value(removed)
            writer.key("expiredRemoved")
            writer.value(expired)
            writer.endObject()
        }
    }
}

extension JSONWriter {
    private mutating func member(_ name: StaticString, _ number: Int) {
        key(name)
        value(number)
    }

    /// The names of the contract first, then those other versions of it use, then detail.
    fileprivate mutating func write(_ figures: CacheFigures, now: Int64) {
        let settings = figures.settings
        beginObject()
        member("memorySize", figures.entries)
        member("memoryMaxSize", settings.maximumEntries)
        member("dbSize", figures.archivedEntries)
        key("hitRate")
        value(JSONNumber(figures.hitRate))
        member("hits", figures.hits)
        member("misses", figures.misses)
        member("tokensSaved", figures.tokensSaved)
        member("memoryEntries", figures.entries)
        member("dbEntries", figures.archivedEntries)
        member("memoryBytes", figures.bytes)
        member("memoryMaxBytes", settings.maximumBytes)
        member("dbBytes", figures.archivedBytes)
        member("dbMaxBytes", settings.maximumDiskBytes)
        member("dbReads", figures.archiveReads)
        member("stored", figures.stored)
        member("evictions", figures.evictions)
        member("joined", figures.joined)
        member("waiting", figures.waiting)
        member("bypasses", figures.bypasses)
        key("costSaved")
        value(JSONNumber(figures.saved.dollars))
        key("mode")
        string(settings.mode.rawValue)
        key("scope")
        string(settings.scope.rawValue)
        member("ttlMs", Int(settings.lifetime / .milliseconds(1)))
        key("semantic")
        write(figures.similar, now: now)
        endObject()
    }

    /// The level that compares questions.
    private mutating func write(_ figures: SimilarFigures, now: Int64) {
        let settings = figures.settings
        beginObject()
        key("enabled")
        value(settings.isEnabled)
        key("model")
        string(settings.model)
        key("threshold")
        value(JSONNumber(settings.threshold))
        key("scope")
        string(settings.scope.rawValue)
        key("part")
        string(settings.part.rawValue)
        member("hits", figures.hits)
        member("misses", figures.misses)
        key("hitRate")
        value(JSONNumber(figures.hitRate))
        member("entries", figures.entries)
        member("maxEntries", settings.maximumEntries)
        member("bytes", figures.bytes)
        member("stored", figures.stored)
        member("embeddingCalls", figures.embeddings)
        member("embeddingFailures", figures.failures)
        member("embeddingTimeouts", figures.timeouts)
        key("embeddingCost")
        value(JSONNumber(figures.cost.dollars))
        key("lastFailure")
        if let failure = figures.lastFailure { string(failure) } else { null() }
        member("restMs", Int(clamping: max(0, figures.restsUntil - now)))
        endObject()
    }
}
