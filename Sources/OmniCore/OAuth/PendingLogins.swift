/// Logins that a browser was sent away for, by the `state` it must bring back.
///
/// A state is good once, for ten minutes, for the provider and the address it was made for, and for the administrator's
/// session that asked: whoever brings another cannot slip an account of theirs in.
struct PendingLogins: Sendable {
    struct Login: Sendable {
        var provider: String
        var redirectURI: String
        var proof: ProofKey
        /// The digest of the session that began it.
        var session: [UInt8]?
        var purpose: LoginPurpose
        var startedAt: Int64
    }

    /// Milliseconds.
    static let lifetime: Int64 = 600_000
    /// Beyond these the oldest go.
    static let capacity = 100

    private var logins: [String: Login] = [:]

    mutating func begin(_ login: Login, state: String) {
        removeExpired(at: login.startedAt)
        if logins.count >= Self.capacity, let oldest = logins.min(by: { $0.value.startedAt < $1.value.startedAt }) {
            logins[oldest.key] = nil
        }
        logins[state] = login
    }

    /// Takes a login out, so that its state is spent.
    /// - Parameters:
    ///   - redirectURI: nil when the caller does not repeat it.
    /// - Returns: nil for a state that is unknown, spent, too old or made for something else; a wrong use spends it too.
    mutating func claim(
        _ state: String, provider: String, redirectURI: String?, session: [UInt8]?, at now: Int64
    ) -> Login? {
        removeExpired(at: now)
        // Looked up by its hash: how long that takes tells nothing about the states there are.
        guard let login = logins.removeValue(forKey: state) else { return nil }
        guard login.provider == provider, redirectURI == nil || redirectURI == login.redirectURI,
            login.session == session
        else { return nil }
        return login
    }

    /// Whether a login is under way, without taking it out.
    func contains(_ state: String, provider: String, at now: Int64) -> Bool {
        guard let login = logins[state] else { return false }
        return login.provider == provider && now - login.startedAt < Self.lifetime
    }

    private mutating func removeExpired(at now: Int64) {
        logins = logins.filter { now - $0.value.startedAt < Self.lifetime }
    }
}

/// What a login is for.
public struct LoginPurpose: Sendable, Hashable {
    /// The connection that gets the tokens; nil for the one of the same account, or a new one.
    public var connection: ConnectionID?
    /// What a new connection is called.
    public var name: String?

    public init(connection: ConnectionID? = nil, name: String? = nil) {
        self.connection = connection
        self.name = name
    }
}
