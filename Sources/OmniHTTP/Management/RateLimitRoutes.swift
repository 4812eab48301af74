import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var rateLimitRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/rate-limits", .read, .rateLimits, rateLimits),
            ManagementRoute(.post, "/api/rate-limits", .write, .changeRateLimits, changeRateLimits),
            ManagementRoute(.put, "/api/rate-limits", .write, .changeRateLimits, changeRateLimits),
            ManagementRoute(.patch, "/api/rate-limits", .write, .changeRateLimits, changeRateLimits),
            ManagementRoute(.get, "/api/rate-limit", .read, .movedRateLimit, movedRateLimit),
            ManagementRoute(.post, "/api/rate-limit", .write, .movedRateLimit, movedRateLimit),
            ManagementRoute(.put, "/api/rate-limit", .write, .movedRateLimit, movedRateLimit),
        ]
    }

    /// Every connection with the limits in force, how far they are used up, and what is left alone until when.
    private func rateLimits(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let now = dependencies.routing.now
        let loads = dependencies.routing.withHealth { $0.loads(at: now) }
        let (health, wall) = (health, dependencies.clock.wallMilliseconds())
        let defaults = configuration.routing.resilience.defaults
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("connections")
            writer.beginArray()
            for connection in configuration.connections {
                writer.rateLimits(
                    of: connection, defaults: defaults, loads: loads.filter { $0.connection == connection.id })
            }
            writer.endArray()
            writer.key("overview")
            writer.beginObject()
            for connection in configuration.connections {
                let running = loads.first { $0.connection == connection.id && $0.model == nil }?.inFlight ?? 0
                writer.key(JSONText("\(connection.provider.rawValue):\(connection.id.rawValue)"))
                writer.beginObject()
                for name in ["running", "executing"] as [StaticString] {
                    writer.key(name)
                    writer.value(running)
                }
                writer.endObject()
            }
            writer.endObject()
            writer.key("lockouts")
            writer.writeCooldowns(health, now: wall)
            writer.key("rateLimitDefaults")
            writer.beginObject()
            defaults.writeMembers(into: &writer)
            writer.endObject()
            writer.endObject()
        }
    }

    /// Changes the limits of a connection (`connectionId`), of one model on it (`model` besides), or of all connections that
    /// have none of their own (`defaults`); `enabled` switches all limits of a connection on or off.
    private func changeRateLimits(_ call: ManagementRequest) async throws -> ManagementResponse {
        let fields = try call.body.fields
        guard let id = try call.body.string("connectionId", maximum: 200), !id.isEmpty else {
            guard call.body.has("defaults") else {
                throw ManagementError.invalid("connectionId", "required, or 'defaults'")
            }
            return try await changeLimitDefaults(call, fields)
        }
        let configuration = try await dependencies.store.load()
        guard var connection = configuration.connections.first(where: { $0.id.rawValue == id }) else {
            throw ManagementError.notFound("connection")
        }
        let known = RateLimits.names.union(["connectionId", "model", "enabled", "rateLimitProtection"])
        let ignored = fields.unknown(besides: known)
        if let model = try call.body.string("model", maximum: 200) {
            guard !model.isEmpty else { throw ManagementError.invalid("model", "must not be empty") }
            guard !call.body.has("enabled"), !call.body.has("rateLimitProtection") else {
                throw ManagementError.invalid("enabled", "is said of a connection, not of a model")
            }
            try connection.options.mergeLimits(of: model, fields)
        } else {
            var limits = connection.options.limits
            try limits.merge(fields)
            connection.options.limits = limits
            let enabled = try call.body.bool("enabled")
            let isProtected = try call.body.bool("rateLimitProtection")
            connection.options.isLimited = enabled ?? isProtected ?? connection.options.isLimited
        }
        connection.updatedAt = dependencies.clock.wallMilliseconds()
        guard try await dependencies.store.updateConnection(connection) else {
            throw ManagementError.notFound("connection")
        }
        try await dependencies.publish()
        let defaults = configuration.routing.resilience.defaults
        return ManagementResponse { [connection] writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.rateLimitMembers(of: connection, defaults: defaults)
            writer.ignored(ignored)
            writer.endObject()
        }
    }

    private func changeLimitDefaults(
        _ call: ManagementRequest, _ fields: JSONFields
    ) async throws -> ManagementResponse {
        guard let limits = try fields.nested("defaults") else {
            throw ManagementError.invalid("defaults", "must be an object")
        }
        let routing = try await dependencies.store.transform { configuration in
            try configuration.routing.resilience.defaults.merge(limits)
            return configuration.routing
        }
        try await dependencies.publish()
        let ignored = limits.unknown(besides: RateLimits.names) + fields.unknown(besides: ["defaults"])
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("rateLimitDefaults")
            writer.beginObject()
            routing.resilience.defaults.writeMembers(into: &writer)
            writer.endObject()
            writer.ignored(ignored)
            writer.endObject()
        }
    }

    /// The contract's other name, with what holds for all connections for those who do not follow.
    private func movedRateLimit(_ call: ManagementRequest) async throws -> ManagementResponse {
        let defaults = try await dependencies.store.load().routing.resilience.defaults
        var response = ManagementResponse(status: .permanentRedirect) { writer in
            writer.beginObject()
            writer.key("location")
            writer.value("/api/rate-limits")
            writer.key("rateLimitDefaults")
            writer.beginObject()
            defaults.writeMembers(into: &writer)
            writer.endObject()
            writer.endObject()
        }
        let query = call.request.uri.query.map { "?\($0)" } ?? ""
        response.headers[.location] = "/api/rate-limits" + query
        return response
    }
}

extension JSONWriter {
    fileprivate mutating func rateLimits(
        of connection: Connection, defaults: RateLimits, loads: [RouterHealth.Load]
    ) {
        let account = loads.first { $0.model == nil }
        beginObject()
        rateLimitMembers(of: connection, defaults: defaults)
        key("provider")
        string(connection.provider.rawValue)
        key("name")
        string(connection.name)
        key("active")
        value(connection.isActive)
        for name in ["running", "executing"] as [StaticString] {
            key(name)
            value(account?.inFlight ?? 0)
        }
        key("recentRequests")
        value(account?.recentRequests ?? 0)
        key("recentTokens")
        value(account?.recentTokens ?? 0)
        allowance("requests", account?.requests)
        allowance("tokens", account?.tokens)
        key("limits")
        beginArray()
        for load in loads {
            guard let model = load.model else { continue }
            beginObject()
            key("model")
            string(model)
            key("source")
            value(load.isManual || load.cap != nil ? "manual" : "learned")
            key("running")
            value(load.inFlight)
            key("maxConcurrent")
            if let cap = load.cap { value(cap) } else { null() }
            allowance("requests", load.requests)
            allowance("tokens", load.tokens)
            endObject()
        }
        endArray()
        endObject()
    }

    /// What was set for a connection, and what is in force.
    fileprivate mutating func rateLimitMembers(of connection: Connection, defaults: RateLimits) {
        let options = connection.options
        key("connectionId")
        string(connection.id.rawValue)
        for name in ["enabled", "rateLimitProtection"] as [StaticString] {
            key(name)
            value(options.isLimited)
        }
        options.limits.writeMembers(into: &self)
        key("inForce")
        beginObject()
        options.limited(by: defaults).limits.writeMembers(into: &self)
        endObject()
        key("modelLimits")
        beginObject()
        for (model, limits) in options.modelLimits.sorted(by: { $0.key < $1.key }) {
            key(JSONText(model))
            beginObject()
            limits.writeMembers(into: &self)
            endObject()
        }
        endObject()
    }

    private mutating func allowance(_ name: StaticString, _ allowance: RouterHealth.Allowance?) {
        key(name)
        guard let allowance else { return null() }
        beginObject()
        key("limit")
        value(allowance.limit)
        key("remaining")
        value(allowance.remaining)
        key("perMinute")
        value(allowance.perMinute)
        key("resetMs")
        if let whole = allowance.wholeInMS { value(whole) } else { null() }
        endObject()
    }
}
