import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON
import OmniTranslate

extension ManagementAPI {
    var policyRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/policies", .read, .listPolicies, listPolicies),
            ManagementRoute(.post, "/api/policies", .write, .createPolicy, createPolicy),
            ManagementRoute(.delete, "/api/policies", .write, .deletePolicy, deletePolicy),
            ManagementRoute(.get, "/api/policies/:id", .read, .showPolicy, showPolicy),
            ManagementRoute(.put, "/api/policies/:id", .write, .changePolicy, changePolicy),
            ManagementRoute(.patch, "/api/policies/:id", .write, .changePolicy, changePolicy),
            ManagementRoute(.delete, "/api/policies/:id", .write, .deletePolicy, deletePolicy),
        ]
    }

    /// The policies, and beside them what else keeps requests and people out at the moment.
    private func listPolicies(_ call: ManagementRequest) async throws -> ManagementResponse {
        let policies = try await dependencies.store.load().policies
        let now = dependencies.clock.wallMilliseconds()
        let locked = authenticator.lockedCallers(at: now)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("policies")
            writer.beginArray()
            for policy in policies { writer.policy(policy) }
            writer.endArray()
            writer.key("total")
            writer.value(policies.count)
            writer.key("circuitBreakers")
            writeBreakers(into: &writer)
            writer.key("lockedIdentifiers")
            writer.beginArray()
            for (caller, until) in locked {
                writer.beginObject()
                writer.key("identifier")
                writer.string(caller)
                writer.key("lockedUntil")
                writer.string(ISOTime.string(until))
                writer.key("remainingMs")
                writer.value(Int(until - now))
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }

    private func showPolicy(_ call: ManagementRequest) async throws -> ManagementResponse {
        let policy = try await policy(call.id("id"))
        return ManagementResponse { $0.policy(policy) }
    }

    /// Makes a policy, or with `action: "unlock"` lets an identifier log in again.
    private func createPolicy(_ call: ManagementRequest) async throws -> ManagementResponse {
        let fields = try call.body.fields
        if fields.value("action")?.string == "unlock" { return try unlock(call.body) }
        for name: StaticString in ["name", "action"] where fields.value(name) == nil {
            throw FieldFault("\(name)", "required")
        }
        var policy = RouterPolicy(id: RandomID.make(), name: "", action: .allow)
        try policy.merge(fields)
        try await review(policy)
        try await dependencies.store.insertPolicy(policy)
        try await dependencies.publish()
        let created = policy
        return ManagementResponse(status: .created) { $0.policy(created) }
    }

    private func changePolicy(_ call: ManagementRequest) async throws -> ManagementResponse {
        var policy = try await policy(call.id("id"))
        try policy.merge(call.body.fields)
        try await review(policy)
        guard try await dependencies.store.updatePolicy(policy) else { throw ManagementError.notFound("policy") }
        try await dependencies.publish()
        let changed = policy
        return ManagementResponse { $0.policy(changed) }
    }

    /// By the path or, as in other places of this interface, `?id=`.
    private func deletePolicy(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard let id = call.parameters.get("id") ?? call.query("id"), !id.isEmpty else {
            throw ManagementError.invalid("id", "required")
        }
        guard try await dependencies.store.deletePolicy(id) else { throw ManagementError.notFound("policy") }
        try await dependencies.publish()
        return .success(message: "policy deleted")
    }

    private func unlock(_ body: ManagementBody) throws -> ManagementResponse {
        let identifier = try body.requiredString("identifier", maximum: 200)
        authenticator.unlock(identifier)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("action")
            writer.value("unlocked")
            writer.key("identifier")
            writer.string(identifier)
            writer.endObject()
        }
    }

    /// Refuses a policy that could not do what it says.
    private func review(_ policy: RouterPolicy) async throws {
        let configuration = try await dependencies.store.load()
        let keys = Set(configuration.clientKeys.map(\.id))
        if let unknown = policy.match.clientKeys.first(where: { !keys.contains($0) }) {
            throw ManagementError.invalid("match.keys", "no such client key: '\(unknown.rawValue)'")
        }
        switch policy.action {
        case .allow, .deny: break
        case .rewrite(let model):
            let snapshot = CatalogSnapshot(configuration: configuration, catalog: dependencies.catalog)
            if let fault = snapshot.objection(to: model) { throw ManagementError.invalid("action.model", fault) }
        case .force(let combo):
            guard configuration.combos.contains(where: { $0.name == combo }) else {
                throw ManagementError.invalid("action.combo", "no such combo: '\(combo)'")
            }
        }
    }

    private func policy(_ id: String) async throws -> RouterPolicy {
        guard let policy = try await dependencies.store.load().policies.first(where: { $0.id == id }) else {
            throw ManagementError.notFound("policy")
        }
        return policy
    }
}

extension JSONWriter {
    fileprivate mutating func policy(_ policy: RouterPolicy) {
        beginObject()
        policy.writeMembers(into: &self)
        endObject()
    }
}
