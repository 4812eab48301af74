/// An OAuth server that accounts come from, with everything that is needed to talk to it.
public struct OAuthProvider: Sendable, CustomStringConvertible {
    public var id: String
    public var name: String
    /// What its accounts are connections of, as written: a provider of the catalogue or a node.
    public var provider: String
    public var authorizeURL: String?
    public var tokenURL: String
    public var deviceURL: String?
    public var revocationURL: String?
    public var scopes: [String]
    public var authorizeParameters: [String: String]
    public var tokenParameters: [String: String]
    /// Default: true; servers that do not know it ignore it.
    public var usesPKCE: Bool
    public var clientAuthentication: OAuthRegistration.ClientAuthentication
    public var presentation: TokenPresentation
    /// The person's own registered client; nil until there is one.
    public var clientID: String?
    var clientSecret: String?

    /// - Returns: nil when the address of the token server is not known.
    public init?(id: String, _ registration: OAuthRegistration) {
        guard let tokenURL = registration.tokenURL else { return nil }
        self.id = id
        name = registration.name ?? id
        provider = registration.provider ?? id
        authorizeURL = registration.authorizeURL
        self.tokenURL = tokenURL
        deviceURL = registration.deviceURL
        revocationURL = registration.revocationURL
        scopes = registration.scopes ?? []
        authorizeParameters = registration.authorizeParameters ?? [:]
        tokenParameters = registration.tokenParameters ?? [:]
        usesPKCE = registration.usesPKCE ?? true
        clientID = registration.clientID
        clientSecret = registration.clientSecret
        clientAuthentication =
            registration.clientAuthentication ?? (registration.clientSecret == nil ? .none : .post)
        presentation = TokenPresentation(
            header: registration.tokenHeader ?? "authorization", prefix: registration.tokenPrefix ?? "Bearer ",
            headers: registration.headers ?? [:])
    }

    public var description: String { "OAuthProvider(\(id))" }
}

/// How an access token is shown to an upstream.
public struct TokenPresentation: Sendable, Hashable {
    /// Lower-case.
    public var header = "authorization"
    /// What stands before the token.
    public var prefix = "Bearer "
    public var headers: [String: String] = [:]
}

extension RouterConfiguration {
    /// An OAuth provider as the catalogue and the person describe it.
    /// - Returns: nil when neither does, or the description is not enough to renew tokens.
    public func oauthProvider(_ id: String, in catalog: ProviderCatalog) -> OAuthProvider? {
        let known = catalog.oauth[id] ?? OAuthRegistration()
        return OAuthProvider(id: id, known.replaced(by: oauth[id] ?? OAuthRegistration()))
    }

    /// How the tokens of an OAuth provider are shown; the usual way when nothing is known of it any more.
    public func presentation(of tokens: OAuthTokens, in catalog: ProviderCatalog) -> TokenPresentation {
        oauthProvider(tokens.issuer, in: catalog)?.presentation ?? TokenPresentation()
    }

    /// All of them, by id.
    public func oauthProviders(in catalog: ProviderCatalog) -> [OAuthProvider] {
        Set(catalog.oauth.keys).union(oauth.keys).sorted().compactMap { oauthProvider($0, in: catalog) }
    }
}
