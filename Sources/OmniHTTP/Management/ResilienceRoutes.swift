import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var resilienceRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/resilience", .read, .resilience, resilience),
            ManagementRoute(.put, "/api/resilience", .write, .changeResilience, changeResilience),
            ManagementRoute(.patch, "/api/resilience", .write, .changeResilience, changeResilience),
            ManagementRoute(.post, "/api/resilience/reset", .write, .resetResilience, resetResilience),
            ManagementRoute(.get, "/api/models/availability", .read, .unavailableModels, unavailableModels),
        ]
    }

    var health: RouterHealth.Snapshot {
        let (now, wall) = (dependencies.routing.now, dependencies.clock.wallMilliseconds())
        return dependencies.routing.withHealth { $0.snapshot(at: now, wall: wall) }
    }

    private func resilience(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await resilience(ignored: nil)
    }

    /// Changes the members of `profiles` and `defaults` that are sent; what is in force from then on is answered.
    private func changeResilience(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard call.body.has("profiles") || call.body.has("defaults") else {
            throw ManagementError.invalid("profiles", "required, or 'defaults'")
        }
        let fields = try call.body.fields
        let ignored = try await dependencies.store.transform { configuration in
            try configuration.routing.resilience.merge(fields)
        }
        // What an answer of this interface holds may come back with a change.
        let known: Set = ["profiles", "defaults", "circuitBreakers", "cooldowns", "ok", "success", "ignored"]
        try await dependencies.publish()
        return try await resilience(ignored: ignored + fields.unknown(besides: known))
    }

    /// The profiles and limits in force, and every breaker and cooldown that stands.
    /// - Parameter ignored: members of a change that nobody reads; nil when nothing was changed.
    private func resilience(ignored: [String]?) async throws -> ManagementResponse {
        var settings = try await dependencies.store.load().routing.resilience
        // Decisions are made by these.
        settings.profiles = dependencies.routing.withHealth { $0.profiles }
        let (health, now) = (health, dependencies.clock.wallMilliseconds())
        return ManagementResponse { [settings] writer in
            writer.beginObject()
            if let ignored {
                for name in ["ok", "success"] as [StaticString] {
                    writer.key(name)
                    writer.value(true)
                }
                writer.ignored(ignored)
            }
            settings.writeMembers(into: &writer, isSparse: false)
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
    func resetResilience(_ call: ManagementRequest) async throws -> ManagementResponse {
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

    mutating func writeCooldowns(_ health: RouterHealth.Snapshot, now: Int64) {
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
}
