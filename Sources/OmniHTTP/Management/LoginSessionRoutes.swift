import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// The administrator's logins that are in force.
extension ManagementAPI {
    var loginSessionRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/auth/sessions", .read, .listLogins, listLogins),
            ManagementRoute(.delete, "/api/auth/sessions", .session, .endAllLogins, endAllLogins),
            ManagementRoute(.delete, "/api/auth/sessions/:id", .session, .endLogin, endLogin),
        ]
    }

    private func listLogins(_ call: ManagementRequest) async throws -> ManagementResponse {
        let sessions = try await dependencies.store.sessions(now: dependencies.clock.wallMilliseconds())
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("sessions")
            writer.beginArray()
            for session in sessions {
                writer.login(session, isCurrent: session.digest == call.session?.digest)
            }
            writer.endArray()
            writer.key("total")
            writer.value(sessions.count)
            writer.endObject()
        }
    }

    /// Signs out everywhere; `keep=current` leaves this login, `tokens=true` revokes all administration tokens besides.
    private func endAllLogins(_ call: ManagementRequest) async throws -> ManagementResponse {
        let keep = call.query("keep")
        guard keep == nil || keep == "current" else { throw ManagementError.invalid("keep", "must be 'current'") }
        let revokesTokens = try call.flag("tokens") ?? false
        let ended = try await dependencies.store.removeSessions(except: keep == nil ? nil : call.session?.digest)
        if revokesTokens { try await dependencies.store.deleteAllAdminTokens() }
        var response = ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("ended")
            writer.value(ended)
            writer.key("tokensRevoked")
            writer.value(revokesTokens)
            writer.endObject()
        }
        if keep == nil { response.headers[.setCookie] = authenticator.forgettingCookie }
        return response
    }

    private func endLogin(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("id")
        guard try await dependencies.store.removeSession(id: id) else { throw ManagementError.notFound("session") }
        var response = ManagementResponse.success(message: "session ended")
        if let own = call.session, StoredSession.id(of: own.digest) == id {
            response.headers[.setCookie] = authenticator.forgettingCookie
        }
        return response
    }
}

extension JSONWriter {
    fileprivate mutating func login(_ session: StoredSession, isCurrent: Bool) {
        beginObject()
        key("id")
        string(session.id)
        key("current")
        value(isCurrent)
        key("createdAt")
        string(ISOTime.string(session.createdAt))
        key("expiresAt")
        string(ISOTime.string(session.expiresAt))
        key("lastUsedAt")
        if let time = session.lastUsedAt { string(ISOTime.string(time)) } else { null() }
        key("address")
        if let address = session.address { string(address) } else { null() }
        key("userAgent")
        if let agent = session.agent { string(agent) } else { null() }
        endObject()
    }
}
