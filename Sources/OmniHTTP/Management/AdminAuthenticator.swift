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
}

/// Logs administrators in and tells whether a call comes from one.
final class AdminAuthenticator: Sendable {
    static let cookieName = "auth_token"
    /// How long a login lasts, in milliseconds: 30 days.
    static let lifetime: Int64 = 30 * 86_400_000

    private let dependencies: ManagementDependencies
    private let throttle = Mutex(LoginThrottle())

    init(dependencies: ManagementDependencies) {
        self.dependencies = dependencies
    }

    /// - Returns: the session, for routes that need one.
    /// - Throws: ``ManagementError`` 401 when the call may not be made.
    func authorize(
        _ request: Request, policy: AccessPolicy, peer: InternetAddress?
    ) async throws -> AdminSession? {
        let session = try await session(of: request)
        switch policy {
        case .everyone: return session
        case .synchronise where session == nil:
            guard let secret = Self.bearer(in: request), try await dependencies.sync?.accepts(secret) == true else {
                throw ManagementError(
                    .unauthorized, "token_required",
                    "a token for synchronising is required; POST /api/sync/tokens makes one")
            }
            return nil
        case .read, .readOrThisMachine, .write, .session, .synchronise:
            if policy == .readOrThisMachine, peer?.isLoopback == true, !Self.isForwarded(request) { return session }
            guard let session else {
                throw ManagementError(
                    .unauthorized, "login_required", "log in first: POST /api/auth/login with the password")
            }
            return session
        }
    }

    /// Whether a proxy passed the request on: then the peer's address says nothing about who asks.
    private static func isForwarded(_ request: Request) -> Bool {
        ["forwarded", "x-forwarded-for", "x-real-ip", "via"].contains { name in
            HTTPField.Name(name).map { request.headers[$0] != nil } ?? false
        }
    }

    private static func bearer(in request: Request) -> String? {
        guard let value = request.headers[.authorization], value.lowercased().hasPrefix("bearer ") else { return nil }
        return String(value.dropFirst(7)).trimmed
    }

    func session(of request: Request) async throws -> AdminSession? {
        guard let value = Self.cookie(in: request) else { return nil }
        let session = AdminSession(digest: Self.digest(value))
        return try await isValid(session) ? session : nil
    }

    /// Whether a session is in force still.
    func isValid(_ session: AdminSession) async throws -> Bool {
        guard let expiresAt = try await dependencies.store.sessionExpiry(digest: session.digest) else { return false }
        return expiresAt > dependencies.clock.wallMilliseconds()
    }

    /// Checks a password or the setup token and opens a session.
    /// - Returns: the `set-cookie` value and the end of the session in milliseconds since 1970.
    func login(password: String, caller: String) async throws -> (cookie: String, expiresAt: Int64) {
        let now = dependencies.clock.wallMilliseconds()
        if let seconds = throttle.withLock({ $0.wait(for: caller, at: now) }) {
            throw ManagementError(
                .tooManyRequests, "too_many_attempts", "too many failed logins; try again in \(seconds) s",
                retryAfter: seconds)
        }
        guard try await accepts(password) else {
            throttle.withLock { $0.failed(caller, at: now) }
            dependencies.logger.warning("login failed")
            throw ManagementError(.unauthorized, "wrong_password", "the password is wrong")
        }
        throttle.withLock { $0.succeeded(caller) }
        try await dependencies.store.removeExpiredSessions(now: now)
        let token = Self.randomToken()
        let expiresAt = now + Self.lifetime
        try await dependencies.store.insertSession(digest: Self.digest(token), expiresAt: expiresAt, createdAt: now)
        return (cookie(token, maximumAge: Self.lifetime / 1000), expiresAt)
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

    func logout(_ session: AdminSession?) async throws -> String {
        if let session { try await dependencies.store.removeSession(digest: session.digest) }
        return cookie("", maximumAge: 0)
    }

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
