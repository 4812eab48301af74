import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var aliasRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/models/alias", .read, .listAliases, listAliases),
            ManagementRoute(.put, "/api/models/alias", .write, .setAlias, setAlias),
            ManagementRoute(.post, "/api/models/alias", .write, .setAlias, setAlias),
            ManagementRoute(.delete, "/api/models/alias", .write, .removeAlias, removeAlias),
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
        try await dependencies.store.transform { configuration in
            try review(alias, in: configuration)
            configuration.aliases.removeAll { $0.alias == alias.alias }
            configuration.aliases.append(alias)
        }
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

    /// Refuses an alias, or a pattern, that could not do what it says.
    /// - Parameter configuration: without the alias, or with an older version of it.
    func review(_ alias: ModelAlias, in configuration: RouterConfiguration) throws(ManagementError) {
        guard !configuration.combos.contains(where: { $0.name == alias.alias }) else {
            throw ManagementError(
                .conflict, "duplicate_name", "alias: a combo is named '\(alias.alias)'", field: "alias")
        }
        guard !ModelAlias(alias: alias.model, model: "").isPattern else {
            throw .invalid("model", "must be one model, not a pattern")
        }
        try refuseCircle(alias, aliases: configuration.aliases)
        var changed = configuration
        changed.aliases.removeAll { $0.alias == alias.alias }
        changed.aliases.append(alias)
        let snapshot = CatalogSnapshot(configuration: changed, catalog: dependencies.catalog)
        // A name nobody knows is a typing error; a known one whose provider has no account yet is not.
        let isCombo = configuration.combos.contains { $0.name == snapshot.resolvedName(alias.model) }
        if !isCombo, let fault = snapshot.objection(to: alias.model) { throw .invalid("model", fault) }
        // An alias that is a step of a combo must not lead back into it.
        for issue in comboIssues(in: changed) {
            switch issue {
            case .cycle, .tooDeep: throw .invalid("model", "\(issue)")
            default: continue
            }
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
