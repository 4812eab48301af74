import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    /// What one connection has left, as its upstream's answers told it, and what was used through it.
    ///
    /// Nothing is asked of the upstream: what is not told with answers is not known.
    func connectionUsage(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = ConnectionID(try call.id("connectionId"))
        guard let connection = try await dependencies.store.load().connections.first(where: { $0.id == id }) else {
            throw ManagementError.notFound("connection")
        }
        let names = try await usageNames()
        var filter = try usageFilter(call, names: names)
        filter.connectionID = id
        let used = try await dependencies.usage.history(filter).total
        let (now, wall) = (dependencies.routing.now, dependencies.clock.wallMilliseconds())
        let health = dependencies.routing.withHealth { $0.snapshot(at: now, wall: wall) }
        let windows = dependencies.routing.withHealth { $0.subscriptionWindows(of: id) }
        let limits = health.models.filter { $0.connection == id && $0.limits != nil }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.optional("connectionId", id.rawValue)
            writer.optional("provider", connection.provider.rawValue)
            writer.optional("name", connection.name)
            writer.nullable("plan", nil)
            writer.key("quotas")
            writer.beginObject()
            for window in windows { writer.quota(window, now: wall) }
            for state in limits { writer.quotas(of: state) }
            writer.endObject()
            writer.key("limitReached")
            writer.value(windows.contains { $0.isCurrent(at: wall) && $0.used >= 1 })
            writer.nullable("fetchedAt", windows.map(\.toldAt).max().map { ISOTime.string($0) })
            if windows.isEmpty, limits.isEmpty {
                writer.optional("message", "the upstream has told nothing about limits so far")
            }
            writer.key("usage")
            writer.group(used) { _ in }
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// A window of a subscription: in percent, because its size is not told.
    fileprivate mutating func quota(_ window: SubscriptionWindow, now: Int64) {
        let used = window.isCurrent(at: now) ? Int((window.used * 100).rounded()) : 0
        key(JSONText(window.name))
        beginObject()
        key("used")
        value(used)
        key("total")
        value(100)
        key("remaining")
        value(max(0, 100 - used))
        key("remainingPercentage")
        value(max(0, 100 - used))
        key("unlimited")
        value(false)
        nullable("resetAt", window.resetsAt.map { ISOTime.string($0) })
        endObject()
    }

    /// What headers said of a model's requests and tokens.
    fileprivate mutating func quotas(of state: RouterHealth.ModelState) {
        for (name, bucket) in [("requests", state.limits?.requests), ("tokens", state.limits?.tokens)] {
            guard let bucket else { continue }
            let (total, left) = (Int(bucket.capacity), Int(bucket.available))
            key(JSONText("\(state.model) \(name)"))
            beginObject()
            key("used")
            value(max(0, total - left))
            key("total")
            value(total)
            key("remaining")
            value(left)
            key("unlimited")
            value(false)
            let isFull = bucket.available >= bucket.capacity || bucket.perSecond <= 0
            let milliseconds = (bucket.capacity - bucket.available) / bucket.perSecond * 1000
            let reset = isFull ? nil : Int64(exactly: milliseconds.rounded(.up)).map { bucket.at + $0 }
            nullable("resetAt", reset.map { ISOTime.string($0) })
            endObject()
        }
    }
}
