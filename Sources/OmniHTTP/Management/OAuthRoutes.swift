import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// Accounts that come by OAuth: logins, imports, renewals and how they stand.
extension ManagementAPI {
    var oauthRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/oauth/:provider/authorize", .write, .authorizeAccount, authorizeAccount),
            ManagementRoute(.post, "/api/oauth/:provider/authorize", .write, .authorizeAccount, authorizeAccount),
            ManagementRoute(.post, "/api/oauth/:provider/exchange", .write, .exchangeCode, exchangeCode),
            ManagementRoute(.get, "/api/oauth/:provider/device-code", .write, .startDevice, startDevice),
            ManagementRoute(.post, "/api/oauth/:provider/device-code", .write, .startDevice, startDevice),
            ManagementRoute(.post, "/api/oauth/:provider/poll", .write, .pollDevice, pollDevice),
            ManagementRoute(.get, "/api/oauth/:provider/import", .read, .describeImport, describeImport),
            ManagementRoute(.post, "/api/oauth/:provider/import", .write, .importTokens, importTokens),
            ManagementRoute(.post, "/api/oauth/:provider/refresh", .write, .refreshTokens, refreshTokens),
            ManagementRoute(.get, "/api/oauth/:provider/status", .read, .showStanding, showStanding),
            // A browser that comes back may hold no session of ours: it gets a page that says so, and nothing happens.
            ManagementRoute(.get, "/api/oauth/:provider/callback", .everyone, .finishLogin, finishLogin),
        ]
    }

    private func authorizeAccount(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("provider")
        let redirect = try redirectURI(of: call) ?? ownRedirectURI(of: call, provider: id)
        let begun = try await told {
            let purpose = try await purpose(of: call, provider: id)
            return try await accounts.authorize(
                id, redirectURI: redirect, purpose: purpose, session: call.caller?.digest)
        }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("authUrl")
            if let url = begun.url { writer.string(url) } else { writer.null() }
            writer.key("state")
            writer.string(begun.state)
            // The secret half stays here; pages of other routers look for the member.
            writer.key("codeVerifier")
            writer.null()
            writer.key("codeChallenge")
            writer.string(begun.challenge)
            writer.key("redirectUri")
            writer.string(begun.redirectURI)
            writer.key("flowType")
            writer.value(begun.url == nil ? "device_code" : "authorization_code_pkce")
            writer.key("callbackPath")
            writer.string("/api/oauth/\(id)/callback")
            writer.key("expiresIn")
            writer.value(600)
            writer.endObject()
        }
    }

    private func exchangeCode(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("provider")
        let brought = try BroughtCode(call.body)
        let connection = try await told {
            try await accounts.exchange(
                id, code: brought.code, state: brought.state, redirectURI: redirectURI(of: call),
                session: call.caller?.digest)
        }
        return try await loggedIn(connection)
    }

    private func startDevice(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("provider")
        let begun = try await told {
            let purpose = try await purpose(of: call, provider: id)
            return try await accounts.startDevice(id, purpose: purpose)
        }
        return ManagementResponse { writer in
            writer.beginObject()
            // A handle: the code itself would let whoever reads it take the tokens.
            writer.key("device_code")
            writer.string(begun.handle)
            writer.key("flowId")
            writer.string(begun.handle)
            writer.key("user_code")
            writer.string(begun.userCode)
            writer.key("verification_uri")
            writer.string(begun.verificationURI)
            writer.optional("verification_uri_complete", begun.verificationURIComplete)
            writer.key("expires_in")
            writer.value(Int(begun.lifetime))
            writer.key("interval")
            writer.value(Int(begun.interval))
            writer.key("codeVerifier")
            writer.null()
            writer.endObject()
        }
    }

    private func pollDevice(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("provider")
        guard let handle = try call.body.string("deviceCode") ?? call.body.string("flowId"), !handle.isEmpty else {
            throw ManagementError.invalid("deviceCode", "required")
        }
        do {
            switch try await told({ try await accounts.poll(id, handle: handle) }) {
            case .done(let connection): return try await loggedIn(connection)
            case .pending(let error, let interval):
                return ManagementResponse { writer in
                    writer.poll(error: error, description: "the login is not finished yet", isPending: true)
                    writer.key("interval")
                    writer.value(Int(interval))
                    writer.endObject()
                }
            }
        } catch let fault as OAuthFault where fault.code == .denied || fault.code == .refused {
            return ManagementResponse { writer in
                writer.poll(error: fault.error ?? fault.code.rawValue, description: fault.message, isPending: false)
                writer.endObject()
            }
        }
    }

    private func importTokens(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("provider")
        let access = try token("accessToken", in: call.body) ?? ""
        let refresh = try token("refreshToken", in: call.body)
        guard !access.isEmpty || refresh != nil else {
            throw ManagementError.invalid("accessToken", "required, or 'refreshToken'")
        }
        let lifetime = try call.body.int("expiresIn", in: 0...315_360_000)
        var expiresAt = lifetime.map { dependencies.clock.wallMilliseconds() + Int64($0) * 1000 }
        if let text = try call.body.string("expiresAt") {
            guard let time = ISOTime.milliseconds(from: text) else {
                throw ManagementError.invalid("expiresAt", "must be a time such as 2026-01-31T12:00:00Z")
            }
            expiresAt = time
        }
        let end = expiresAt
        let connection = try await told {
            let purpose = try await purpose(of: call, provider: id)
            return try await accounts.importTokens(
                id, accessToken: access, refreshToken: refresh, expiresAt: end, purpose: purpose)
        }
        return try await loggedIn(connection)
    }

    private func refreshTokens(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("provider")
        let named = try call.body.string("connectionId") ?? call.form["connectionId"]
        let own = try await dependencies.store.load().connections.filter { $0.credential?.tokens?.issuer == id }
        guard let connection = named.map({ name in own.first { $0.id.rawValue == name } }) ?? own.first else {
            throw ManagementError.notFound("connection of this OAuth provider")
        }
        guard named != nil || own.count == 1 else {
            throw ManagementError.invalid("connectionId", "required: the provider has several connections")
        }
        try await told { try await accounts.renew(connection.id) }
        let renewed = try await dependencies.store.load().connections.first { $0.id == connection.id }
        return try await show(renewed ?? connection)
    }

    // MARK: Parts

    var accounts: OAuthAccounts {
        get throws(ManagementError) {
            guard let accounts = dependencies.oauth else { throw .notFound("endpoint") }
            return accounts
        }
    }

    /// What is done with OAuth, its faults put into words of the management API where they mean an end.
    func told<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let fault as OAuthFault {
            switch fault.code {
            case .notConfigured: throw ManagementError(.badRequest, fault.code.rawValue, fault.message)
            case .unknownLogin:
                throw ManagementError(.badRequest, fault.code.rawValue, fault.message, field: "state")
            case .loginNeeded: throw ManagementError(.conflict, fault.code.rawValue, fault.message)
            case .unavailable, .malformed: throw ManagementError(.badGateway, fault.code.rawValue, fault.message)
            case .notStored: throw ManagementError(.internalServerError, fault.code.rawValue, fault.message)
            case .denied, .refused: throw fault
            }
        }
    }

    /// The new account is in force when this answers.
    private func loggedIn(_ connection: Connection) async throws -> ManagementResponse {
        try await dependencies.publish()
        return try await show(connection)
    }

    private func show(_ connection: Connection) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("connection")
            writer.connection(connection, node: connection.node(in: configuration))
            writer.endObject()
        }
    }

    private func token(_ name: StaticString, in body: ManagementBody) throws(ManagementError) -> String? {
        guard let token = try body.string(name, maximum: 64 << 10), !token.isEmpty else { return nil }
        if let objection = Credential.objection(to: token) { throw .invalid("\(name)", objection) }
        return token
    }

    /// What a login is for: `connectionId` logs a connection in again, `name` names a new one.
    private func purpose(of call: ManagementRequest, provider: String) async throws -> LoginPurpose {
        var purpose = LoginPurpose(name: try call.body.string("name", maximum: 200) ?? call.form["name"]?.trimmed)
        if let name = purpose.name, name.utf8.count > 200 || name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw ManagementError.invalid("name", "longer than 200 bytes, or holds control characters")
        }
        if purpose.name?.isEmpty ?? false { purpose.name = nil }
        guard let id = try call.body.string("connectionId") ?? call.form["connectionId"], !id.isEmpty else {
            return purpose
        }
        let connections = try await dependencies.store.load().connections
        guard connections.contains(where: { $0.id.rawValue == id && $0.credential?.tokens?.issuer == provider }) else {
            throw ManagementError.invalid("connectionId", "no connection of this OAuth provider has it")
        }
        purpose.connection = ConnectionID(id)
        return purpose
    }

    private func redirectURI(of call: ManagementRequest) throws(ManagementError) -> String? {
        let written = try call.body.string("redirectUri", maximum: 2000)
        let documented = try call.body.string("redirect_uri", maximum: 2000)
        guard let text = written ?? documented ?? call.form["redirect_uri"] ?? call.form["redirectUri"], !text.isEmpty
        else {
            return nil
        }
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !text.contains("#")
        guard isPlain, text.utf8.count <= 2000, let scheme = text.firstIndex(of: ":"), scheme != text.startIndex else {
            throw .invalid("redirect_uri", "must be an absolute URI without fragment")
        }
        return text
    }

    /// The callback page of this router, under the name the caller knows it by.
    private func ownRedirectURI(of call: ManagementRequest, provider: String) -> String {
        let scheme = dependencies.usesSecureCookies ? "https" : "http"
        return "\(scheme)://\(call.request.head.authority ?? "localhost")/api/oauth/\(provider)/callback"
    }
}

extension JSONWriter {
    /// The members of a poll that brought no account, in an object that stays open.
    fileprivate mutating func poll(error: String, description: String, isPending: Bool) {
        beginObject()
        key("success")
        value(false)
        key("error")
        string(error)
        key("errorDescription")
        string(description)
        key("pending")
        value(isPending)
    }
}
