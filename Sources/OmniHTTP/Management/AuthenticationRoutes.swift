import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var authenticationRoutes: [ManagementRoute] {
        [
            ManagementRoute(.post, "/api/auth/login", .everyone, .login, login),
            ManagementRoute(.post, "/api/auth/logout", .everyone, .logout, logout),
            ManagementRoute(.get, "/api/auth/status", .everyone, .authenticationStatus, authenticationStatus),
            ManagementRoute(.get, "/api/settings/require-login", .everyone, .loginSettings, loginSettings),
            ManagementRoute(.put, "/api/settings/require-login", .session, .changePassword, changeLoginSettings),
            ManagementRoute(.post, "/api/settings/require-login", .session, .changePassword, changeLoginSettings),
            ManagementRoute(.patch, "/api/settings/require-login", .session, .changePassword, changeLoginSettings),
        ]
    }

    private func login(_ call: ManagementRequest) async throws -> ManagementResponse {
        let password = try call.body.requiredString("password", maximum: 1000)
        let result = try await authenticator.login(password: password, from: call.request, peer: call.peer)
        var response = ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("expiresAt")
            writer.string(ISOTime.string(result.session.expiresAt))
            writer.endObject()
        }
        response.headers[.setCookie] = result.cookie
        response.auditNote = AuditNote(actor: "session:" + result.session.id)
        return response
    }

    private func logout(_ call: ManagementRequest) async throws -> ManagementResponse {
        var response = ManagementResponse.success()
        response.headers[.setCookie] = try await authenticator.logout(call.session)
        return response
    }

    private func authenticationStatus(_ call: ManagementRequest) async throws -> ManagementResponse {
        ManagementResponse { writer in
            writer.beginObject()
            writer.key("authenticated")
            writer.value(call.caller != nil)
            writer.endObject()
        }
    }

    private func loginSettings(_ call: ManagementRequest) async throws -> ManagementResponse {
        let hasPassword = try await hasPassword()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("requireLogin")
            writer.value(true)
            writer.key("hasPassword")
            writer.value(hasPassword)
            writer.key("setupComplete")
            writer.value(hasPassword)
            writer.endObject()
        }
    }

    func hasPassword() async throws -> Bool {
        if dependencies.initialPassword?.isEmpty == false { return true }
        return try await dependencies.store.passwordHash() != nil
    }

    private func changeLoginSettings(_ call: ManagementRequest) async throws -> ManagementResponse {
        let password = try call.body.string("password", maximum: 1000)
        if try call.body.bool("requireLogin") == false {
            throw ManagementError.invalid("requireLogin", "the management API cannot be opened to everyone")
        }
        guard let password else {
            guard call.body.has("requireLogin") else { throw ManagementError.invalid("password", "required") }
            return .success()
        }
        guard password.count >= 8 else { throw ManagementError.invalid("password", "at least 8 characters") }
        if let hash = try await dependencies.store.passwordHash() {
            let current = try call.body.requiredString("currentPassword")
            guard try PasswordHash.verify(current, against: hash) else {
                throw ManagementError(.forbidden, "wrong_password", "currentPassword: wrong", field: "currentPassword")
            }
        }
        try await authenticator.setPassword(password)
        let result = try await authenticator.openSession(from: call.request, peer: call.peer)
        var response = ManagementResponse.success()
        response.headers[.setCookie] = result.cookie
        return response
    }
}
