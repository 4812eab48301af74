import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// What a person's other machines ask of this router directly, with a token for synchronising or a login.
extension ManagementAPI {
    var cloudRoutes: [ManagementRoute] {
        [
            ManagementRoute(.post, "/api/cloud/auth", .synchronise, .showCloudAccounts, showCloudAccounts),
            ManagementRoute(
                .put, "/api/cloud/credentials/update", .synchronise, .updateCredentials, updateCredentials),
            ManagementRoute(.post, "/api/cloud/model/resolve", .synchronise, .resolveModel, resolveModel),
            ManagementRoute(.get, "/api/cloud/models/alias", .synchronise, .listCloudAliases, listCloudAliases),
            ManagementRoute(.put, "/api/cloud/models/alias", .synchronise, .setCloudAlias, setCloudAlias),
        ]
    }

    /// Accounts with their secrets masked, and the aliases.
    private func showCloudAccounts(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("connections")
            writer.beginArray()
            for connection in configuration.connections { writer.cloudConnection(connection) }
            writer.endArray()
            writer.key("modelAliases")
            writer.aliases(configuration.aliases)
            writer.endObject()
        }
    }

    /// Replaces the key or the tokens of one account, which must be named.
    private func updateCredentials(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = ConnectionID(try call.body.requiredString("connectionId", maximum: 200))
        let provider = try call.body.string("provider", maximum: 200)
        guard let credentials = try call.body.nested("credentials") else {
            throw ManagementError.invalid("credentials", "required")
        }
        let configuration = try await dependencies.store.load()
        guard var connection = configuration.connections.first(where: { $0.id == id }),
            provider == nil || provider == connection.provider.rawValue
        else { throw ManagementError.notFound("connection of this provider") }
        if let tokens = connection.credential?.tokens {
            let fresh = try self.tokens(in: credentials, instead: tokens)
            guard try await dependencies.store.replaceTokens(of: id, from: tokens, to: fresh) else {
                throw ManagementError(.conflict, "changed", "the tokens were renewed meanwhile")
            }
        } else {
            let key = try credentials.requiredString("apiKey", maximum: 10_000)
            if let objection = Credential.objection(to: key) {
                throw ManagementError.invalid("credentials.apiKey", objection)
            }
            connection.credential = Credential(apiKey: key)
            connection.updatedAt = dependencies.clock.wallMilliseconds()
            guard try await dependencies.store.updateConnection(connection) else {
                throw ManagementError.notFound("connection")
            }
        }
        try await dependencies.publish()
        return note(.success(message: "credentials updated"), of: call)
    }

    private func tokens(in body: ManagementBody, instead old: OAuthTokens) throws(ManagementError) -> OAuthTokens {
        let access = try body.requiredString("accessToken", maximum: 100_000)
        let refresh = try body.string("refreshToken", maximum: 100_000)
        let seconds = try body.int("expiresIn", in: 1...31_536_000)
        for (name, text) in [("accessToken", access), ("refreshToken", refresh ?? "")] {
            if let objection = Credential.objection(to: text) { throw .invalid("credentials.\(name)", objection) }
        }
        let now = dependencies.clock.wallMilliseconds()
        var fresh = old
        fresh.accessToken = access
        fresh.refreshToken = refresh ?? old.refreshToken
        fresh.obtainedAt = now
        fresh.expiresAt = seconds.map { now + Int64($0) * 1000 }
        fresh.loginNeeded = nil
        if old.loginNeeded != nil || !old.isUsable { fresh.validSince = now }
        return fresh
    }

    private func resolveModel(_ call: ManagementRequest) async throws -> ManagementResponse {
        let alias = try call.body.requiredString("alias", maximum: 400)
        let configuration = try await dependencies.store.load()
        let snapshot = CatalogSnapshot(configuration: configuration, catalog: dependencies.catalog)
        let name = snapshot.resolvedName(alias)
        let isCombo = configuration.combos.contains { $0.name == name }
        guard name != alias || isCombo || snapshot.objection(to: name) == nil else {
            throw ManagementError.notFound("alias or model")
        }
        let slash = isCombo ? nil : name.firstIndex(of: "/")
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("alias")
            writer.string(alias)
            writer.key("provider")
            if let slash {
                writer.string(String(name[..<slash]))
            } else if isCombo {
                writer.value("combo")
            } else {
                writer.null()
            }
            writer.key("model")
            writer.string(slash.map { String(name[name.index(after: $0)...]) } ?? name)
            writer.endObject()
        }
    }

    private func listCloudAliases(_ call: ManagementRequest) async throws -> ManagementResponse {
        let aliases = try await dependencies.store.load().aliases
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("aliases")
            writer.aliases(aliases)
            writer.endObject()
        }
    }

    private func setCloudAlias(_ call: ManagementRequest) async throws -> ManagementResponse {
        let alias = ModelAlias(
            alias: try call.body.requiredString("alias", maximum: 200),
            model: try call.body.requiredString("model", maximum: 400))
        let configuration = try await dependencies.store.load()
        // Another machine knows less of this one's aliases than whoever sits in front of it.
        if let other = configuration.aliases.first(where: { $0.alias == alias.alias }), other.model != alias.model {
            throw ManagementError(
                .conflict, "duplicate_name", "alias: leads to '\(other.model)' already", field: "alias")
        }
        try review(alias, in: configuration)
        try await dependencies.store.setAlias(alias)
        try await dependencies.publish()
        let response = ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("model")
            writer.string(alias.model)
            writer.key("alias")
            writer.string(alias.alias)
            writer.key("message")
            writer.value("alias set")
            writer.endObject()
        }
        return note(response, of: call)
    }

    /// Whoever came with a token for synchronising has no name of a person's.
    private func note(_ response: ManagementResponse, of call: ManagementRequest) -> ManagementResponse {
        guard call.caller == nil else { return response }
        var response = response
        response.auditNote = AuditNote(actor: "sync-token")
        return response
    }
}

extension JSONWriter {
    fileprivate mutating func aliases(_ aliases: [ModelAlias]) {
        beginObject()
        for alias in aliases {
            key(JSONText(alias.alias))
            string(alias.model)
        }
        endObject()
    }

    fileprivate mutating func cloudConnection(_ connection: Connection) {
        let tokens = connection.credential?.tokens
        let apiKey = connection.credential?.apiKey
        beginObject()
        key("id")
        string(connection.id.rawValue)
        key("provider")
        string(connection.provider.rawValue)
        key("name")
        string(connection.name)
        key("authType")
        value(tokens == nil ? "apikey" : "oauth")
        key("hasApiKey")
        value(apiKey != nil)
        key("hasAccessToken")
        value(tokens?.isUsable ?? false)
        key("hasRefreshToken")
        value(tokens?.refreshToken != nil)
        // The ends of a short secret would be most of it.
        optional("maskedApiKey", apiKey.map { $0.utf8.count < 16 ? "****" : "\($0.prefix(4))****\($0.suffix(4))" })
        optional("expiresAt", tokens?.expiresAt.map(ISOTime.string))
        key("priority")
        value(connection.priority)
        optional("defaultModel", connection.defaultModel)
        key("isActive")
        value(connection.isActive)
        endObject()
    }
}
