import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var aliasRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/models/alias", .admin, listAliases),
            ManagementRoute(.put, "/api/models/alias", .admin, setAlias),
            ManagementRoute(.post, "/api/models/alias", .admin, setAlias),
            ManagementRoute(.delete, "/api/models/alias", .admin, removeAlias),
        ]
    }

    private func listAliases(_ call: ManagementRequest) async throws -> ManagementResponse {
        let aliases = try await dependencies.store.load().aliases
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("aliases")
            writer.beginObject()
            for alias in aliases {
                writer.key(JSONText(alias.alias))
                writer.string(alias.model)
            }
            writer.endObject()
            writer.endObject()
        }
    }

    private func setAlias(_ call: ManagementRequest) async throws -> ManagementResponse {
        let alias = ModelAlias(
            alias: try call.body.requiredString("alias", maximum: 200),
            model: try call.body.requiredString("model", maximum: 400))
        let configuration = try await dependencies.store.load()
        try refuseCircle(alias, aliases: configuration.aliases)
        let snapshot = CatalogSnapshot(configuration: configuration, catalog: dependencies.catalog)
        // A name nobody knows is a typing error; a known one whose provider has no account yet is not.
        let fault = snapshot.objection(to: alias.model)
        if let fault { throw ManagementError.invalid("model", fault) }
        try await dependencies.store.setAlias(alias)
        try await dependencies.publish()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("alias")
            writer.string(alias.alias)
            writer.key("model")
            writer.string(alias.model)
            writer.endObject()
        }
    }

    private func refuseCircle(_ new: ModelAlias, aliases: [ModelAlias]) throws(ManagementError) {
        var targets: [String: String] = [:]
        for alias in aliases { targets[alias.alias] = alias.model }
        targets[new.alias] = new.model
        var name = new.model
        for _ in 0...5 {
            if name == new.alias { throw .invalid("model", "the alias would lead back to itself") }
            guard let next = targets[name] else { return }
            name = next
        }
        throw .invalid("model", "more than 5 aliases in a row")
    }

    private func removeAlias(_ call: ManagementRequest) async throws -> ManagementResponse {
        let name = call.query("alias")
        let fromBody = try call.body.string("alias", maximum: 200)
        guard let name = name ?? fromBody, !name.isEmpty else { throw ManagementError.invalid("alias", "required") }
        guard try await dependencies.store.removeAlias(name) else { throw ManagementError.notFound("alias") }
        try await dependencies.publish()
        return .success(message: "alias deleted")
    }
}
