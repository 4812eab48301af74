/// What is said about an OAuth provider: by the catalogue, or by the person who registered a client with it.
///
/// What one says nothing about is nil; the person's word replaces the catalogue's, member by member.
public struct OAuthRegistration: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// How the client proves itself to the token server (RFC 6749, chapter 2.3.1, by the names of RFC 7591).
    public enum ClientAuthentication: String, Sendable, CaseIterable {
        /// Only its id is sent: a program on a person's machine cannot keep a secret.
        case none
        case post = "client_secret_post"
        case basic = "client_secret_basic"
    }

    public var name: String?
    /// The provider of the catalogue, or the node, that its accounts are connections of.
    public var provider: String?
    /// Where the person's browser is sent.
    public var authorizeURL: String?
    public var tokenURL: String?
    /// Where device codes come from (RFC 8628).
    public var deviceURL: String?
    /// Where tokens are taken back (RFC 7009).
    public var revocationURL: String?
    public var scopes: [String]?
    /// What else is asked of the authorization server, such as `access_type=offline`.
    public var authorizeParameters: [String: String]?
    public var tokenParameters: [String: String]?
    public var usesPKCE: Bool?
    public var clientAuthentication: ClientAuthentication?
    /// The header that carries the access token upstream, and what stands before the token in it.
    public var tokenHeader: String?
    public var tokenPrefix: String?
    /// Further headers for the upstream.
    public var headers: [String: String]?
    public var clientID: String?
    public var clientSecret: String?

    public init() {}

    /// This, with the other's word where it has one.
    public func replaced(by other: OAuthRegistration) -> OAuthRegistration {
        var result = self
        result.name = other.name ?? name
        result.provider = other.provider ?? provider
        result.authorizeURL = other.authorizeURL ?? authorizeURL
        result.tokenURL = other.tokenURL ?? tokenURL
        result.deviceURL = other.deviceURL ?? deviceURL
        result.revocationURL = other.revocationURL ?? revocationURL
        result.scopes = other.scopes ?? scopes
        result.authorizeParameters = other.authorizeParameters ?? authorizeParameters
        result.tokenParameters = other.tokenParameters ?? tokenParameters
        result.usesPKCE = other.usesPKCE ?? usesPKCE
        result.clientAuthentication = other.clientAuthentication ?? clientAuthentication
        result.tokenHeader = other.tokenHeader ?? tokenHeader
        result.tokenPrefix = other.tokenPrefix ?? tokenPrefix
        result.headers = other.headers ?? headers
        result.clientID = other.clientID ?? clientID
        result.clientSecret = other.clientSecret ?? clientSecret
        return result
    }

    public var description: String { "OAuthRegistration(\(name ?? provider ?? "unnamed"))" }
    public var debugDescription: String { description }
}
