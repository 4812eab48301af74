/// Why a login or a renewal did not come about.
public struct OAuthFault: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The person has not told the client id or an address yet.
        case notConfigured = "oauth_not_configured"
        /// No login under way has this state or device code; it may be spent, too old, or another provider's.
        case unknownLogin = "invalid_state"
        /// The person, or the server, said no.
        case denied = "access_denied"
        /// Only a new login helps.
        case loginNeeded = "login_required"
        /// The server refused for a reason of its own.
        case refused = "oauth_refused"
        /// The server cannot be reached or does not work; trying later may help.
        case unavailable = "oauth_unavailable"
        /// The server's answer is not what it should be.
        case malformed = "oauth_malformed"
        /// The tokens could not be written.
        case notStored = "oauth_not_stored"
    }

    public var code: Code
    /// For people; no secret.
    public var message: String
    /// The server's own word, such as `invalid_grant`.
    public var error: String?

    public init(_ code: Code, _ message: String, error: String? = nil) {
        self.code = code
        self.message = message
        self.error = error
    }

    public var description: String { message }
}
