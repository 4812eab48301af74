import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// Tokens of programs that manage the router.
extension ManagementAPI {
    var tokenRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/tokens", .read, .listTokens, listTokens),
            ManagementRoute(.post, "/api/tokens", .session, .createToken, createToken),
            ManagementRoute(.delete, "/api/tokens/:id", .session, .revokeToken, revokeToken),
        ]
    }

    private func listTokens(_ call: ManagementRequest) async throws -> ManagementResponse {
        let tokens = try await dependencies.store.adminTokens()
        let now = dependencies.clock.wallMilliseconds()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("tokens")
            writer.beginArray()
            for token in tokens {
                writer.beginObject()
                writer.members(of: token, at: now)
                writer.endObject()
            }
            writer.endArray()
            writer.key("total")
            writer.value(tokens.count)
            writer.endObject()
        }
    }

    /// Makes a token with a `name`, `scopes` (default: `read`) and, unless it shall never expire, `expiresAt` or
    /// `expiresInDays`.
    private func createToken(_ call: ManagementRequest) async throws -> ManagementResponse {
        let now = dependencies.clock.wallMilliseconds()
        let name = try call.body.requiredString("name", maximum: 100)
        let made = AdminTokenSecret(
            id: RandomID.make(), name: name, scopes: try scopes(call.body), now: now,
            expiresAt: try expiry(call.body, now: now))
        try await dependencies.store.insertAdminToken(made.token)
        var response = ManagementResponse(status: .created) { writer in
            writer.beginObject()
            writer.key("token")
            writer.string(made.secret)
            writer.members(of: made.token, at: now)
            writer.endObject()
        }
        response.auditNote = AuditNote(target: made.token.id)
        return response
    }

    private func revokeToken(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard try await dependencies.store.deleteAdminToken(call.id("id")) else {
            throw ManagementError.notFound("token")
        }
        return .success(message: "token revoked")
    }

    private func scopes(_ body: ManagementBody) throws(ManagementError) -> Set<AdminToken.Scope> {
        guard let names = try body.strings("scopes") else { return [.read] }
        let scopes = names.compactMap(AdminToken.Scope.init(rawValue:))
        guard !scopes.isEmpty, scopes.count == names.count else {
            let known = AdminToken.Scope.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("scopes", "must name at least one of \(known)")
        }
        return Set(scopes)
    }

    private func expiry(_ body: ManagementBody, now: Int64) throws(ManagementError) -> Int64? {
        if let text = try body.string("expiresAt", maximum: 100) {
            guard let time = ISOTime.milliseconds(from: text) else {
                throw .invalid("expiresAt", "must be a time such as 2030-01-31T00:00:00Z")
            }
            guard time > now else { throw .invalid("expiresAt", "must not be past") }
            return time
        }
        return try body.int("expiresInDays", in: 1...3650).map { now + Int64($0) * 86_400_000 }
    }
}

extension JSONWriter {
    fileprivate mutating func members(of token: AdminToken, at now: Int64) {
        key("id")
        string(token.id)
        key("name")
        string(token.name)
        key("mask")
        string(token.mask)
        key("scopes")
        beginArray()
        for scope in AdminToken.Scope.allCases where token.scopes.contains(scope) { string(scope.rawValue) }
        endArray()
        key("createdAt")
        string(ISOTime.string(token.createdAt))
        key("expiresAt")
        if let time = token.expiresAt { string(ISOTime.string(time)) } else { null() }
        key("isExpired")
        value(token.isExpired(at: now))
        key("lastUsedAt")
        if let time = token.lastUsedAt { string(ISOTime.string(time)) } else { null() }
        key("lastUsedFrom")
        if let address = token.lastUsedFrom { string(address) } else { null() }
    }
}
