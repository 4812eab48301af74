import Crypto
import HTTPTypes
import Hummingbird
import Logging
import OmniCore
import Synchronization

/// A login that is in force.
struct AdminSession: Sendable {
    /// SHA-256 of the cookie's value; the value itself is known to the browser only.
    let digest: [UInt8]
    /// When the password was given, in milliseconds since 1970.
    let createdAt: Int64
}

/// Logs administrators in and tells whether a call comes from one, or from a program with a token.
final class AdminAuthenticator: Sendable {
    static let cookieName = "auth_token"
    /// How long a login lasts, in milliseconds: 30 days.
    static let lifetime: Int64 = 30 * 86_400_000
    /// For how long after the login the password is not asked for again: 10 minutes.
    private static let confirmationTime: Int64 = 600_000
    /// How exact times of last use are, in milliseconds; each one is a write to the disk.
    private static let useGrain: Int64 = 60_000

    private let dependencies: ManagementDependencies
    private let throttle = Mutex(LoginThrottle())
    /// When the use of a session or token was noted last.
    private let noted = Mutex<[[UInt8]: Int64]>([:])

    init(dependencies: ManagementDependencies) {
        self.dependencies = dependencies
    }

    /// - Returns: who calls; nil where nobody need be known.
    /// - Throws: ``ManagementError`` 401 when nobody is known and somebody must be, 403 when the caller may not do this.
    func authorize(
        _ request: Request, policy: AccessPolicy, peer: InternetAddress?
    ) async throws -> AdminCaller? {
        let isOpen = policy == .readOrThisMachine && peer?.isLoopback == true && !Self.isForwarded(request)
        if policy == .synchronise, let secret = Self.secret(in: request), secret.hasPrefix("osync-") {
            guard try await dependencies.sync?.accepts(secret) == true else {
                throw ManagementError(.unauthorized, "invalid_token", "the token is unknown or was taken back")
            }
            return nil
        }
        if let secret = Self.bearerToken(in: request) {
            guard let token = try await token(secret, from: peer) else {
                if policy == .everyone || isOpen { return nil }
                throw ManagementError(.unauthorized, "invalid_token", "the token is unknown, expired or revoked")
            }
            let caller = AdminCaller.token(token)
            if !isOpen { try caller.check(policy) }
            return caller
        }
        if let session = try await session(of: request) { return .session(session) }
        if policy == .everyone || isOpen { return nil }
        throw ManagementError(.unauthorized, "login_required", "log in first: POST /api/auth/login with the password")
    }

    /// Whether a proxy passed the request on: then the peer's address says nothing about who asks.
    private static func isForwarded(_ request: Request) -> Bool {
        ["forwarded", "x-forwarded-for", "x-real-ip", "via"].contains { name in
            HTTPField.Name(name).map { request.headers[$0] != nil } ?? false
        }
    }

    /// A token of this interface; client keys and whatever else tools send here are none.
    private static func bearerToken(in request: Request) -> String? {
        secret(in: request).flatMap { $0.hasPrefix(AdminTokenSecret.prefix) && $0.utf8.count <= 200 ? $0 : nil }
    }

    /// What a call shows as bearer, of whatever kind.
    private static func secret(in request: Request) -> String? {
        guard let value = request.headers[.authorization]?.trimmed else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1]).trimmed
    }

    private func token(_ secret: String, from peer: InternetAddress?) async throws -> AdminToken? {
        let now = dependencies.clock.wallMilliseconds()
        guard let token = try await dependencies.store.adminToken(digest: AdminTokenSecret.digest(secret)),
            !token.isExpired(at: now)
        else { return nil }
        if isWorthNoting(token.digest, at: now) {
            try await dependencies.store.touchAdminToken(token.id, at: now, from: peer?.description)
        }
        return token
    }

    func session(of request: Request) async throws -> AdminSession? {
        guard let value = Self.cookie(in: request) else { return nil }
        let now = dependencies.clock.wallMilliseconds()
        guard let stored = try await dependencies.store.session(digest: Self.digest(value)), stored.expiresAt > now
        else { return nil }
        if isWorthNoting(stored.digest, at: now) {
            try await dependencies.store.touchSession(digest: stored.digest, at: now)
        }
        return AdminSession(digest: stored.digest, createdAt: stored.createdAt)
    }

    private func isWorthNoting(_ digest: [UInt8], at now: Int64) -> Bool {
        noted.withLock { noted in
            if let last = noted[digest], now - last < Self.useGrain { return false }
            if noted.count >= 1000 { noted = [:] }
            noted[digest] = now
            return true
        }
    }

    /// Whether a caller may call still.
    func isValid(_ caller: AdminCaller) async throws -> Bool {
        let now = dependencies.clock.wallMilliseconds()
        switch caller {
        case .session(let session):
            return try await dependencies.store.sessionExpiry(digest: session.digest).map { $0 > now } ?? false
        case .token(let token):
            return try await dependencies.store.adminToken(digest: token.digest).map { !$0.isExpired(at: now) } ?? false
        }
    }

    /// Checks a password or the setup token and opens a session.
    /// - Returns: the `set-cookie` value and the session.
    func login(
        password: String, from request: Request, peer: InternetAddress?
    ) async throws -> (cookie: String, session: StoredSession) {
        try await verify(password, caller: Self.caller(request, peer: peer))
        return try await openSession(from: request, peer: peer)
    }

    /// Opens a session for somebody who has proved to be the administrator.
    func openSession(
        from request: Request, peer: InternetAddress?
    ) async throws -> (cookie: String, session: StoredSession) {
        let now = dependencies.clock.wallMilliseconds()
        try await dependencies.store.removeExpiredSessions(now: now)
        // A browser that was logged in gets another session in the place of the one it had.
        if let old = Self.cookie(in: request) {
            try await dependencies.store.removeSession(digest: Self.digest(old))
        }
        let token = Self.randomToken()
        let session = StoredSession(
            digest: Self.digest(token), createdAt: now, expiresAt: now + Self.lifetime, lastUsedAt: now,
            address: peer?.description,
            agent: request.headers[.userAgent].map { String(AnswerHeaders.sanitized($0).prefix(200)) })
        try await dependencies.store.insertSession(session)
        return (cookie(token, maximumAge: Self.lifetime / 1000), session)
    }

    /// Has the password given again for what cannot be undone, unless it was given just now.
    /// - Parameter password: of the call; nil when there is none in it.
    func confirm(_ call: ManagementRequest, password: String?) async throws {
        let now = dependencies.clock.wallMilliseconds()
        if let session = call.session, now - session.createdAt < Self.confirmationTime { return }
        guard try await dependencies.store.passwordHash() != nil || dependencies.initialPassword?.isEmpty == false
        else {
            return
        }
        guard let password, !password.isEmpty else {
            throw ManagementError(.forbidden, "password_required", "password: needed again for this", field: "password")
        }
        do {
            try await verify(password, caller: Self.caller(call.request, peer: call.peer))
        } catch let error as ManagementError where error.status == .unauthorized {
            // 401 would mean that the session is over.
            throw ManagementError(.forbidden, "wrong_password", "password: wrong", field: "password")
        }
    }

    /// - Throws: ``ManagementError`` 401 when the password is wrong, 429 when too many were.
    private func verify(_ password: String, caller: String) async throws {
        let now = dependencies.clock.wallMilliseconds()
        // Counted as failed before it is looked at: else many attempts at one moment would all count as the first.
        if let seconds = throttle.withLock({ $0.begin(caller, at: now) }) {
            throw ManagementError(
                .tooManyRequests, "too_many_attempts", "too many failed logins; try again in \(seconds) s",
                retryAfter: seconds)
        }
        guard try await accepts(password) else {
            dependencies.logger.warning("login failed")
            throw ManagementError(.unauthorized, "wrong_password", "the password is wrong")
        }
        throttle.withLock { $0.succeeded(caller) }
    }

    /// By what attempts are counted: programs on this machine together, those behind a proxy here together, else by address.
    private static func caller(_ request: Request, peer: InternetAddress?) -> String {
        guard let peer, !peer.isLoopback else { return isForwarded(request) ? "proxy" : LoginThrottle.thisMachine }
        return peer.network
    }

    /// Who must wait before another attempt, and until when in milliseconds since 1970.
    func lockedCallers(at now: Int64) -> [(caller: String, until: Int64)] { throttle.withLock { $0.locked(at: now) } }

    func unlock(_ caller: String) { throttle.withLock { $0.succeeded(caller) } }

    private func accepts(_ password: String) async throws -> Bool {
        if let hash = try await dependencies.store.passwordHash() {
            if try PasswordHash.verify(password, against: hash) { return true }
        } else if let initial = dependencies.initialPassword, !initial.isEmpty {
            let isEqual = Self.digest(initial).equalsInConstantTime(Self.digest(password))
            if isEqual { return true }
        }
        // The token is spent by its first use: it is printed to a console, which others may read later.
        return try await dependencies.store.spendSetupToken(digest: Self.digest(password))
    }

    /// - Returns: the `set-cookie` value that makes a browser forget its session.
    func logout(_ session: AdminSession?) async throws -> String {
        if let session { try await dependencies.store.removeSession(digest: session.digest) }
        return forgettingCookie
    }

    var forgettingCookie: String { cookie("", maximumAge: 0) }

    /// Stores a new password and ends every session: whoever knew the old one is out.
    func setPassword(_ password: String) async throws {
        try await dependencies.store.setPasswordHash(try PasswordHash.make(password))
        try await dependencies.store.removeAllSessions()
        try await dependencies.store.setSetupTokenDigest(nil)
    }

    private func cookie(_ value: String, maximumAge: Int64) -> String {
        "\(Self.cookieName)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(maximumAge)"
            + (dependencies.usesSecureCookies ? "; Secure" : "")
    }

    private static func cookie(in request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let trimmed = String(pair).trimmed
                if trimmed.hasPrefix(cookieName + "=") {
                    let value = trimmed.dropFirst(cookieName.count + 1)
                    return value.isEmpty || value.utf8.count > 200 ? nil : String(value)
                }
            }
        }
        return nil
    }

    static func digest(_ text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// 256 random bits in hexadecimal.
    static func randomToken() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }.hexadecimal
    }
}
