import OmniJSON
import Synchronization

/// Logins: by a browser that comes back with a code, by another device, and by tokens that a person has already.
extension OAuthAccounts {
    /// What a person's browser must be shown.
    public struct Authorization: Sendable {
        public var provider: OAuthProvider
        /// nil where the provider has no page for browsers.
        public var url: String?
        public var state: String
        public var challenge: String
        public var redirectURI: String
    }

    /// Begins a login by browser.
    /// - Parameters:
    ///   - session: the digest of the administrator's session; whoever finishes must have the same one.
    public func authorize(
        _ id: String, redirectURI: String, purpose: LoginPurpose, session: [UInt8]?
    ) async throws(OAuthFault) -> Authorization {
        let provider = try provider(id, in: await load())
        let now = clock.wallMilliseconds()
        let (token, proof) = state.withLock { state in
            (ProofKey.nonce(using: &state.random), ProofKey(using: &state.random))
        }
        var result = Authorization(
            provider: provider, state: token, challenge: proof.challenge, redirectURI: redirectURI)
        guard let url = provider.authorizeURL else { return result }
        state.withLock {
            $0.pending.begin(
                .init(
                    provider: id, redirectURI: redirectURI, proof: proof, session: session, purpose: purpose,
                    startedAt: now), state: token)
        }
        var query = provider.authorizeParameters
        query["response_type"] = "code"
        query["client_id"] = provider.clientID
        query["redirect_uri"] = redirectURI
        query["state"] = token
        if !provider.scopes.isEmpty { query["scope"] = provider.scopes.joined(separator: " ") }
        if provider.usesPKCE {
            query["code_challenge"] = proof.challenge
            query["code_challenge_method"] = "S256"
        }
        let text = query.sorted { $0.key < $1.key }
            .map { "\($0.key.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
        result.url = url + (url.contains("?") ? "&" : "?") + text
        return result
    }

    /// Finishes a login by browser.
    /// - Parameter redirectURI: when the caller repeats it, it must be the one the login was begun with.
    public func exchange(
        _ id: String, code: String, state token: String, redirectURI: String?, session: [UInt8]?
    ) async throws(OAuthFault) -> Connection {
        let login = try claim(id, state: token, redirectURI: redirectURI, session: session)
        let configuration = try await load()
        let provider = try provider(id, in: configuration, for: login.purpose.connection)
        var form: [(name: String, value: String)] = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", login.redirectURI),
        ]
        if provider.usesPKCE { form.append(("code_verifier", login.proof.verifier)) }
        return try await keep(try await server.tokens(from: provider, form), from: provider, for: login.purpose)
    }

    /// Ends a login whose browser came back with a refusal.
    public func abandon(_ id: String, state token: String, session: [UInt8]?) throws(OAuthFault) {
        _ = try claim(id, state: token, redirectURI: nil, session: session)
    }

    /// Whether a login by browser is under way.
    public func isPending(_ id: String, state token: String) -> Bool {
        let now = clock.wallMilliseconds()
        return state.withLock { $0.pending.contains(token, provider: id, at: now) }
    }

    private func claim(
        _ id: String, state token: String, redirectURI: String?, session: [UInt8]?
    ) throws(OAuthFault) -> PendingLogins.Login {
        let now = clock.wallMilliseconds()
        let login = state.withLock {
            $0.pending.claim(token, provider: id, redirectURI: redirectURI, session: session, at: now)
        }
        guard let login else {
            throw OAuthFault(
                .unknownLogin, "no login under way has this state; it is good once and for ten minutes: begin again")
        }
        return login
    }

    /// Takes over tokens that a person has already.
    /// - Parameter accessToken: empty to get one with the refresh token.
    public func importTokens(
        _ id: String, accessToken: String, refreshToken: String?, expiresAt: Int64?, purpose: LoginPurpose
    ) async throws(OAuthFault) -> Connection {
        let configuration = try await load()
        let now = clock.wallMilliseconds()
        guard accessToken.isEmpty, let refreshToken else {
            guard let known = configuration.oauthProvider(id, in: catalog) else {
                throw OAuthFault(.notConfigured, "no OAuth provider '\(id.prefix(100))' is configured")
            }
            var tokens = OAuthTokens(
                issuer: id, accessToken: accessToken, refreshToken: refreshToken, obtainedAt: now)
            tokens.expiresAt = expiresAt
            return try await save(tokens, from: known, for: purpose)
        }
        let provider = try provider(id, in: configuration, for: purpose.connection)
        let answer = try await server.tokens(
            from: provider, [("grant_type", "refresh_token"), ("refresh_token", refreshToken)])
        let old = OAuthTokens(issuer: id, accessToken: "", refreshToken: refreshToken, obtainedAt: now)
        return try await keep(answer, from: provider, for: purpose, after: old)
    }

    // MARK: Keeping what was given

    func keep(
        _ answer: TokenAnswer, from provider: OAuthProvider, for purpose: LoginPurpose, after old: OAuthTokens? = nil
    ) async throws(OAuthFault) -> Connection {
        switch answer {
        case .granted(let grant):
            let tokens = grant.tokens(issuer: provider.id, after: old, at: clock.wallMilliseconds())
            return try await save(tokens, from: provider, for: purpose)
        case .refused(let error, let description):
            let isDenial = ["invalid_grant", "access_denied", "expired_token"].contains(error)
            throw OAuthFault(
                isDenial ? .denied : .refused, "the OAuth server refused: \(description ?? error)", error: error)
        case .failed(let status):
            throw OAuthFault(
                status < 300 ? .malformed : .unavailable,
                "the OAuth server answered with status \(status)"
                    + (status < 300 ? " and no token" : ""))
        }
    }

    /// Writes the tokens to the connection they are for: the one that was named, else the one of the same account, else a
    /// new one.
    private func save(
        _ tokens: OAuthTokens, from provider: OAuthProvider, for purpose: LoginPurpose
    ) async throws(OAuthFault) -> Connection {
        let configuration = try await load()
        guard let home = home(of: provider, in: configuration) else {
            throw OAuthFault(
                .notConfigured, "'\(provider.provider)' is neither a provider nor a node that could have the account")
        }
        do {
            if let known = existing(tokens, purpose: purpose, in: configuration) {
                return try await renew(known, with: tokens)
            }
            guard purpose.connection == nil else { throw OAuthFault(.refused, "the connection is gone") }
            return try await insert(tokens, named: purpose.name, at: home, in: configuration)
        } catch let fault as OAuthFault {
            throw fault
        } catch {
            throw OAuthFault(.notStored, "the account cannot be written")
        }
    }

    /// Where the accounts of an OAuth provider belong: a node by id or prefix, or a provider by id or alias.
    public func home(of provider: OAuthProvider, in configuration: RouterConfiguration) -> ProviderID? {
        let name = provider.provider
        if let node = configuration.nodes.first(where: { $0.id.rawValue == name || $0.prefix == name }) {
            return ProviderID(node.id.rawValue)
        }
        return catalog[name].flatMap { $0.isSimulator ? nil : $0.id }
    }

    private func existing(
        _ tokens: OAuthTokens, purpose: LoginPurpose, in configuration: RouterConfiguration
    ) -> Connection? {
        let own = configuration.connections.filter { $0.credential?.tokens?.issuer == tokens.issuer }
        if let id = purpose.connection { return own.first { $0.id == id } }
        if let subject = tokens.subject {
            return own.first { $0.credential?.tokens?.subject == subject }
        }
        return tokens.email.flatMap { email in own.first { $0.credential?.tokens?.email == email } }
    }

    private func renew(_ known: Connection, with tokens: OAuthTokens) async throws -> Connection {
        var connection = known
        connection.testStatus = "active"
        connection.lastError = nil
        connection.updatedAt = tokens.obtainedAt
        guard try await store.replaceTokens(of: known.id, from: nil, to: tokens) else {
            throw OAuthFault(.refused, "the connection is gone")
        }
        try await store.updateConnection(connection)
        connection.credential = .oauth(tokens)
        return connection
    }

    private func insert(
        _ tokens: OAuthTokens, named name: String?, at home: ProviderID, in configuration: RouterConfiguration
    ) async throws -> Connection {
        let siblings = configuration.connections.filter { $0.provider == home }
        let names = Set(siblings.map(\.name))
        let wanted = name ?? tokens.email ?? "Account"
        let free = [wanted] + (2...(siblings.count + 2)).map { "\(wanted) \($0)" }
        let connection = Connection(
            id: ConnectionID(state.withLock { "oauth-" + ProofKey.nonce(using: &$0.random).prefix(22) }),
            provider: home, name: free.first { !names.contains($0) } ?? wanted,
            priority: min((siblings.map(\.priority).max() ?? 0) + 1, 1000), credential: .oauth(tokens),
            testStatus: "active", createdAt: tokens.obtainedAt, updatedAt: tokens.obtainedAt)
        try await store.insertConnection(connection)
        return connection
    }
}
