/// Logins on another device that are under way (RFC 8628), by handles of our own: the device code itself stays here.
struct DeviceLogins: Sendable {
    struct Login: Sendable {
        var provider: String
        var deviceCode: String
        var proof: ProofKey?
        var purpose: LoginPurpose
        /// Milliseconds between two questions.
        var interval: Int64
        var expiresAt: Int64
        /// Before this the server must not be asked.
        var nextPoll: Int64
        var isAsking = false
    }

    /// What a poll does.
    enum Decision: Sendable {
        case ask(Login)
        /// Too early: it is still pending.
        /// - `interval`: milliseconds until a question may be asked.
        case wait(interval: Int64)
        case expired
        case unknown
    }

    /// Beyond these the ones that end first go.
    static let capacity = 100
    /// What is added when the server finds the questions too many (RFC 8628, chapter 3.5).
    static let slowDown: Int64 = 5000
    /// How long a server that cannot be reached is left alone at most.
    private static let longestInterval: Int64 = 60_000

    private var logins: [String: Login] = [:]

    mutating func begin(_ login: Login, handle: String, at now: Int64) {
        logins = logins.filter { $0.value.expiresAt > now }
        if logins.count >= Self.capacity, let first = logins.min(by: { $0.value.expiresAt < $1.value.expiresAt }) {
            logins[first.key] = nil
        }
        logins[handle] = login
    }

    /// Several polls at the same time ask once.
    mutating func poll(_ handle: String, provider: String, at now: Int64) -> Decision {
        guard var login = logins[handle], login.provider == provider else { return .unknown }
        guard login.expiresAt > now else {
            logins[handle] = nil
            return .expired
        }
        guard !login.isAsking, login.nextPoll <= now else {
            return .wait(interval: max(login.nextPoll - now, login.isAsking ? login.interval : 0))
        }
        login.isAsking = true
        logins[handle] = login
        return .ask(login)
    }

    /// The server wants to be asked again.
    /// - Returns: milliseconds until then.
    @discardableResult
    mutating func pending(_ handle: String, slowsDown: Bool, at now: Int64) -> Int64 {
        guard var login = logins[handle] else { return 0 }
        if slowsDown { login.interval += Self.slowDown }
        login.isAsking = false
        login.nextPoll = now + login.interval
        logins[handle] = login
        return login.interval
    }

    /// The server could not be asked: the next question waits twice as long (RFC 8628, chapter 3.5).
    @discardableResult
    mutating func failed(_ handle: String, at now: Int64) -> Int64 {
        if let interval = logins[handle]?.interval {
            logins[handle]?.interval = max(interval, min(interval * 2, Self.longestInterval))
        }
        return pending(handle, slowsDown: false, at: now)
    }

    mutating func end(_ handle: String) { logins[handle] = nil }
}
