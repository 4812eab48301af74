import OmniJSON

/// What a token server said (RFC 6749, chapters 5.1 and 5.2).
enum TokenAnswer: Sendable {
    case granted(Grant)
    /// - `error`: the server's word, such as `invalid_grant`.
    case refused(error: String, description: String?)
    /// No answer of the protocol: the server is out of order, or is none.
    case failed(status: Int)

    /// What was given.
    struct Grant: Sendable {
        var accessToken: String
        var refreshToken: String?
        /// Seconds.
        var lifetime: Int64?
        var tokenType: String?
        var scope: String?
        var claims: IDTokenClaims?
    }

    init(status: Int, body: [UInt8]) {
        let answer: JSONValue
        do throws(JSONError) {
            answer = try JSONValue(parsing: body)
        } catch {
            self = .failed(status: status)
            return
        }
        // Some servers send errors with status 200.
        if let error = answer.present("error")?.string, status < 500 {
            let description = answer.present("error_description")?.string.map(Self.shown)
            self = .refused(error: Self.shown(error), description: description)
            return
        }
        guard (200..<300).contains(status), let token = answer.present("access_token")?.string, !token.isEmpty,
            Credential.objection(to: token) == nil
        else {
            self = .failed(status: status)
            return
        }
        var grant = Grant(accessToken: token)
        grant.refreshToken = answer.present("refresh_token")?.string.flatMap { $0.isEmpty ? nil : $0 }
        // Some write the number as a string.
        let lifetime = answer.present("expires_in")
        grant.lifetime = (lifetime?.double ?? lifetime?.string.flatMap { Double($0) }).flatMap { seconds in
            (1..<1e10).contains(seconds) ? Int64(seconds) : nil
        }
        grant.tokenType = answer.present("token_type")?.string.map(Self.shown)
        grant.scope = answer.present("scope")?.string.map(Self.shown)
        grant.claims = answer.present("id_token")?.string.flatMap(IDTokenClaims.init)
        self = .granted(grant)
    }

    /// The same without secrets that the server repeats in its words.
    func redacting(_ secrets: [String]) -> TokenAnswer {
        guard case .refused(let error, let description) = self else { return self }
        func redacted(_ text: String) -> String {
            secrets.filter { $0.utf8.count >= 8 }.reduce(text) { $0.replacing($1, with: "…") }
        }
        return .refused(error: redacted(error), description: description.map(redacted))
    }

    /// A server's text as it may be shown and logged: short and plain.
    static func shown(_ text: String) -> String {
        String(decoding: text.utf8.filter { (0x20...0x7E).contains($0) }.prefix(300), as: UTF8.self)
    }
}

extension TokenAnswer.Grant {
    /// - Parameter old: what the new tokens take the place of; what the server does not repeat stays as it was.
    func tokens(issuer: String, after old: OAuthTokens? = nil, at now: Int64) -> OAuthTokens {
        var tokens = OAuthTokens(
            issuer: issuer, accessToken: accessToken, refreshToken: refreshToken ?? old?.refreshToken, obtainedAt: now)
        tokens.expiresAt = lifetime.map { now + $0 * 1000 }
        tokens.tokenType = tokenType ?? old?.tokenType
        tokens.scope = scope ?? old?.scope
        tokens.subject = claims?.subject ?? old?.subject
        tokens.email = claims?.email ?? old?.email
        tokens.validSince = old?.validSince ?? now
        return tokens
    }
}
