import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var resilienceRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/resilience", .admin, resilience),
            ManagementRoute(.post, "/api/resilience/reset", .admin, resetResilience),
            ManagementRoute(.get, "/api/rate-limits", .admin, rateLimits),
            ManagementRoute(.get, "/api/rate-limit", .admin, rateLimits),
            ManagementRoute(.get, "/api/models/availability", .admin, unavailableModels),
        ]
    }

    private var health: RouterHealth.Snapshot {
        let (now, wall) = (dependencies.routing.now, dependencies.clock.wallMilliseconds())
        return dependencies.routing.withHealth { $0.snapshot(at: now, wall: wall) }
    }

    /// The profiles in force and every breaker and cooldown that stands.
    private func resilience(_ call: ManagementRequest) async throws -> ManagementResponse {
        let profiles = dependencies.routing.withHealth { $0.profiles }
        let (health, now) = (health, dependencies.clock.wallMilliseconds())
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("profiles")
            writer.beginObject()
            for kind in ResilienceProfile.Kind.allCases {
                writer.key(JSONText(kind.rawValue))
                writer.write(profiles[kind])
            }
            writer.endObject()
            writer.key("circuitBreakers")
            writeBreakers(into: &writer)
            writer.key("cooldowns")
            writer.writeCooldowns(health, now: now)
            writer.endObject()
        }
    }

    /// Every breaker that is not in its normal state, as an array.
    func writeBreakers(into writer: inout JSONWriter) {
        let (health, now) = (health, dependencies.clock.wallMilliseconds())
        writer.beginArray()
        for state in health.accounts {
            writer.writeBreaker(state.breaker, of: state.connection, model: nil, now: now)
        }
        for state in health.models {
            writer.writeBreaker(state.breaker, of: state.connection, model: state.model, now: now)
        }
        writer.endArray()
    }

    /// Forgets cooldowns, breakers and learnt limits of one connection (`connectionId`) or of all.
    private func resetResilience(_ call: ManagementRequest) async throws -> ManagementResponse {
        let connection = try call.body.string("connectionId", maximum: 200).map { ConnectionID($0) }
        let before = health
        let isMeant = { (id: ConnectionID) in connection == nil || connection == id }
        dependencies.routing.withHealth { health in
            health.reset(connection)
            // Conversations may choose their account anew.
            if connection == nil { health.affinity = SessionAffinity() }
        }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("ok")
            writer.value(true)
            writer.key("success")
            writer.value(true)
            writer.key("resetCount")
            writer.value(
                before.accounts.count { isMeant($0.connection) } + before.models.count { isMeant($0.connection) })
            writer.key("message")
            writer.value("cooldowns, circuit breakers and learnt limits are forgotten")
            writer.endObject()
        }
    }

    /// What headers taught about limits, and what is left alone until when.
    private func rateLimits(_ call: ManagementRequest) async throws -> ManagementResponse {
        let connections = try await dependencies.store.load().connections
        let (health, now) = (health, dependencies.clock.wallMilliseconds())
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("connections")
            writer.beginArray()
            for connection in connections {
                let models = health.models.filter { $0.connection == connection.id && $0.limits != nil }
                writer.beginObject()
                writer.key("connectionId")
                writer.string(connection.id.rawValue)
                writer.key("provider")
                writer.string(connection.provider.rawValue)
                writer.key("name")
                writer.string(connection.name)
                writer.key("enabled")
                writer.value(true)
                writer.key("limits")
                writer.beginArray()
                for state in models {
                    writer.beginObject()
                    writer.key("model")
                    writer.string(state.model)
                    writer.writeBucket("requests", state.limits?.requests)
                    writer.writeBucket("tokens", state.limits?.tokens)
                    writer.endObject()
                }
                writer.endArray()
                writer.endObject()
            }
            writer.endArray()
            writer.key("lockouts")
            writer.writeCooldowns(health, now: now)
            writer.endObject()
        }
    }

    private func unavailableModels(_ call: ManagementRequest) async throws -> ManagementResponse {
        let (health, now) = (health, dependencies.clock.wallMilliseconds())
        let connections = try await dependencies.store.load().connections
        let cooling = health.models.filter { ($0.cooldown?.until ?? 0) > now }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("unavailableCount")
            writer.value(cooling.count)
            writer.key("models")
            writer.beginArray()
            for state in cooling {
                guard let cooldown = state.cooldown else { continue }
                writer.beginObject()
                writer.key("provider")
                writer.string(connections.first { $0.id == state.connection }?.provider.rawValue ?? "")
                writer.key("connectionId")
                writer.string(state.connection.rawValue)
                writer.key("model")
                writer.string(state.model)
                writer.key("reason")
                writer.string(cooldown.reason.rawValue)
                writer.key("remainingMs")
                writer.value(Int(cooldown.until - now))
                writer.key("nextAvailableAt")
                writer.string(ISOTime.string(cooldown.until))
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// Times in milliseconds, as the contract has them.
    fileprivate mutating func write(_ profile: ResilienceProfile) {
        beginObject()
        key("transientCooldown")
        value(Int(profile.transientBase / 1_000_000))
        key("rateLimitCooldown")
        value(Int(profile.rateLimitBase / 1_000_000))
        key("maxBackoffLevel")
        value(profile.maximumLevel)
        key("circuitBreakerThreshold")
        value(profile.breakerThreshold)
        key("circuitBreakerReset")
        value(Int(profile.breakerBase / 1_000_000))
        endObject()
    }

    fileprivate mutating func writeBreaker(
        _ breaker: RouterHealth.BreakerState?, of connection: ConnectionID, model: String?, now: Int64
    ) {
        guard let breaker else { return }
        beginObject()
        key("name")
        string(connection.rawValue + (model.map { "/" + $0 } ?? ""))
        key("connectionId")
        string(connection.rawValue)
        optional("model", model)
        key("state")
        value(breaker.openUntil > now ? "OPEN" : "HALF_OPEN")
        key("openings")
        value(breaker.openings)
        key("openUntil")
        string(ISOTime.string(breaker.openUntil))
        endObject()
    }

    fileprivate mutating func writeCooldowns(_ health: RouterHealth.Snapshot, now: Int64) {
        beginArray()
        for state in health.accounts { writeCooldown(state.cooldown, of: state.connection, model: nil, now: now) }
        for state in health.models { writeCooldown(state.cooldown, of: state.connection, model: state.model, now: now) }
        endArray()
    }

    private mutating func writeCooldown(
        _ cooldown: RouterHealth.CooldownState?, of connection: ConnectionID, model: String?, now: Int64
    ) {
        guard let cooldown, cooldown.until > now else { return }
        beginObject()
        key("connectionId")
        string(connection.rawValue)
        optional("model", model)
        key("reason")
        string(cooldown.reason.rawValue)
        key("remainingMs")
        value(Int(cooldown.until - now))
        key("until")
        string(ISOTime.string(cooldown.until))
        key("backoffLevel")
        value(cooldown.level)
        key("isUpstreamsWord")
        value(cooldown.isExplicit)
        endObject()
    }

    fileprivate mutating func writeBucket(_ name: StaticString, _ bucket: RouterHealth.BucketState?) {
        key(name)
        guard let bucket else { return null() }
        beginObject()
        key("limit")
        value(Int(bucket.capacity))
        key("remaining")
        value(Int(bucket.available))
        key("perMinute")
        value(Int(bucket.perSecond * 60))
        endObject()
    }
}
