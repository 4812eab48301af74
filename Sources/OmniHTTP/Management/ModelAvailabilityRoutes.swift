import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON
import OmniTranslate

extension ManagementAPI {
    /// Checks a model (`model`), or takes back what stands against it (`provider` and `model`, or `action: "clear"`).
    func modelAvailability(_ call: ManagementRequest) async throws -> ManagementResponse {
        let name = try call.body.requiredString("model", maximum: 400)
        let action = try call.body.string("action", maximum: 40)
        guard action == nil || action == "check" || action == "clear" else {
            throw ManagementError.invalid("action", "must be check or clear")
        }
        let configuration = try await dependencies.store.load()
        let snapshot = CatalogSnapshot(configuration: configuration, catalog: dependencies.catalog)
        var model = name
        if let provider = try call.body.string("provider", maximum: 200), !provider.isEmpty {
            let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
            let prefix = names.name(of: try names.id(of: provider, path: "provider"))
            if !name.lowercased().hasPrefix("\(prefix.lowercased())/") { model = "\(prefix)/\(name)" }
            if action != "check" { return clear(model, in: snapshot) }
        } else if action == "clear" {
            return clear(model, in: snapshot)
        }
        return try check(model, in: snapshot)
    }

    private func check(_ name: String, in snapshot: CatalogSnapshot) throws -> ManagementResponse {
        let resolved = snapshot.resolvedName(name)
        let plan: RoutePlan
        do throws(UpstreamFault) {
            plan = try snapshot.plan(model: name, clientFormat: .openAIChat)
        } catch {
            // Known, but nobody has an account for it.
            guard error.code == "no_connection" else {
                throw ManagementError(
                    error.code == "model_not_found" ? .notFound : .badRequest, error.code ?? "invalid_field",
                    "model: \(error.message)", field: "model")
            }
            return ManagementResponse { writer in
                writer.beginObject()
                writer.availability(name, resolved: resolved, isAvailable: false)
                writer.key("status")
                writer.value("no_credentials")
                writer.key("reason")
                writer.string(error.message)
                writer.key("providers")
                writer.beginArray()
                writer.endArray()
                writer.endObject()
            }
        }
        let now = dependencies.routing.now
        let wall = dependencies.clock.wallMilliseconds()
        let availability = TargetAvailability(plan, health: dependencies.routing.withHealth { $0 }, at: now)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.availability(name, resolved: resolved, isAvailable: availability.isAvailable)
            writer.key("status")
            writer.string(
                availability.isAvailable ? "available" : availability.pools.first?.status ?? "no_credentials")
            writer.key("providers")
            writer.beginArray()
            for pool in availability.pools { writer.write(pool, wall: wall) }
            writer.endArray()
            writer.endObject()
        }
    }

    /// On every connection of the targets the model leads to; what holds for a whole account stays.
    private func clear(_ name: String, in snapshot: CatalogSnapshot) -> ManagementResponse {
        var targets: [Target] = []
        do throws(UpstreamFault) {
            targets = try snapshot.plan(model: name, clientFormat: .openAIChat).targets
        } catch {
            // A model without accounts has nothing that could stand against it.
        }
        let removed = dependencies.routing.withHealth { [targets] health in
            targets.reduce(0) { count, target in
                guard let connection = target.connection else { return count }
                return count + (health.reset(connection, model: target.model) ? 1 : 0)
            }
        }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("removed")
            writer.value(removed > 0)
            writer.key("removedCount")
            writer.value(removed)
            writer.endObject()
        }
    }
}

extension TargetAvailability.Pool {
    fileprivate var status: String {
        switch skip {
        case nil: accounts == 0 ? "no_credentials" : "available"
        case .cooling: "cooldown"
        case .breakerOpen: "breaker_open"
        case .limited: "rate_limited"
        case .accountFull, .stepFull: "busy"
        case .probing: "recovering"
        default: "locked"
        }
    }
}

extension JSONWriter {
    fileprivate mutating func availability(_ name: String, resolved: String, isAvailable: Bool) {
        key("model")
        string(name)
        key("resolved")
        string(resolved)
        key("available")
        value(isAvailable)
    }

    fileprivate mutating func write(_ pool: TargetAvailability.Pool, wall: Int64) {
        beginObject()
        key("provider")
        string(pool.provider.rawValue)
        key("model")
        string(pool.model)
        key("status")
        string(pool.status)
        key("accountsTotal")
        value(pool.accounts)
        key("accountsAvailable")
        value(pool.available)
        key("cooldownRemainingMs")
        if let wait = pool.readyInMS { value(wait) } else if pool.skip == nil { value(0) } else { null() }
        optional("nextAvailableAt", pool.readyInMS.map { ISOTime.string(wall + Int64($0)) })
        endObject()
    }
}
