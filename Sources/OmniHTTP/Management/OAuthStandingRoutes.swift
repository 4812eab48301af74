import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// What is known of OAuth providers and their accounts, without secrets.
extension ManagementAPI {
    func showStanding(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("provider")
        let configuration = try await dependencies.store.load()
        guard let provider = configuration.oauthProvider(id, in: dependencies.catalog) else {
            throw ManagementError.notFound("OAuth provider")
        }
        let wanted = call.form["connectionId"]
        let connections = configuration.connections.filter {
            $0.credential?.tokens?.issuer == id && (wanted == nil || wanted == $0.id.rawValue)
        }
        let accounts = try accounts
        let isPending = call.form["state"].map { accounts.isPending(id, state: $0) }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("provider")
            writer.string(id)
            writer.oauth(provider)
            if let isPending {
                writer.key("pending")
                writer.value(isPending)
            }
            writer.key("connections")
            writer.beginArray()
            for connection in connections {
                writer.beginObject()
                writer.key("connection")
                writer.connection(connection, node: connection.node(in: configuration))
                writer.key("id")
                writer.string(connection.id.rawValue)
                writer.standing(connection, accounts.standing(of: connection.id), at: dependencies.clock)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }

    func describeImport(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("provider")
        guard let provider = try await dependencies.store.load().oauthProvider(id, in: dependencies.catalog) else {
            throw ManagementError.notFound("OAuth provider")
        }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("provider")
            writer.string(id)
            writer.key("method")
            writer.value("import_token")
            writer.key("instructions")
            writer.beginObject()
            writer.key("title")
            writer.string("Tokens of \(provider.name)")
            writer.key("steps")
            writer.beginArray()
            writer.value("Get tokens with the client you registered there.")
            writer.value("Send accessToken, or refreshToken, or both.")
            writer.endArray()
            writer.endObject()
            writer.key("requiredFields")
            writer.beginArray()
            for (name, label) in [("accessToken", "Access token"), ("refreshToken", "Refresh token")] {
                writer.beginObject()
                writer.key("name")
                writer.string(name)
                writer.key("label")
                writer.string(label)
                writer.key("description")
                writer.value("one of the two is needed; without a refresh token the account ends with its access token")
                writer.key("type")
                writer.value("password")
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// Members that say what can be done with an OAuth provider.
    mutating func oauth(_ provider: OAuthProvider) {
        key("name")
        string(provider.name)
        key("connectionProvider")
        string(provider.provider)
        key("configured")
        value(provider.clientID != nil)
        key("flows")
        beginArray()
        if provider.authorizeURL != nil { value("authorization_code_pkce") }
        if provider.deviceURL != nil { value("device_code") }
        value("import_token")
        endArray()
    }

    /// Members that say how an account's tokens stand.
    fileprivate mutating func standing(
        _ connection: Connection, _ standing: RenewalStanding?, at clock: any RouterClock
    ) {
        guard let tokens = connection.credential?.tokens else { return }
        let isExpired = tokens.isExpired(at: clock.wallMilliseconds())
        key("status")
        if tokens.loginNeeded != nil {
            value("login_required")
        } else if standing?.failures ?? 0 > 0 {
            value("refresh_failed")
        } else {
            value(isExpired ? "expired" : "active")
        }
        key("refreshing")
        value(standing?.isRenewing ?? false)
        key("refreshFailures")
        value(standing?.failures ?? 0)
        optional("lastRefreshError", standing?.lastFault?.message)
        optional("nextRefreshAt", standing?.nextAt.map(ISOTime.string))
    }

    /// Members of a connection that came by OAuth.
    mutating func tokens(_ tokens: OAuthTokens) {
        key("oauthProvider")
        string(tokens.issuer)
        optional("email", tokens.email)
        optional("displayName", tokens.email)
        optional("scope", tokens.scope)
        optional("tokenType", tokens.tokenType)
        optional("expiresAt", tokens.expiresAt.map(ISOTime.string))
        key("hasAccessToken")
        value(tokens.isUsable)
        key("hasRefreshToken")
        value(tokens.refreshToken != nil)
        key("needsLogin")
        value(tokens.loginNeeded != nil)
    }
}
