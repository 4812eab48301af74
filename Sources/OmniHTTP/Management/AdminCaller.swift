import HTTPTypes
import OmniCore

/// Whoever makes a management call and has proved it.
enum AdminCaller: Sendable {
    /// A person who logged in with the password.
    case session(AdminSession)
    /// A program with a token.
    case token(AdminToken)

    /// SHA-256 of the secret that proved it; tells one caller from another.
    var digest: [UInt8] {
        switch self {
        case .session(let session): session.digest
        case .token(let token): token.digest
        }
    }

    /// As the audit log calls it.
    var actor: String {
        switch self {
        case .session(let session): "session:" + StoredSession.id(of: session.digest)
        case .token(let token): "token:" + token.id
        }
    }

    /// The name a person gave it.
    var name: String? {
        switch self {
        case .session: nil
        case .token(let token): token.name
        }
    }

    var session: AdminSession? {
        switch self {
        case .session(let session): session
        case .token: nil
        }
    }

    /// - Throws: ``ManagementError`` 403 that says what is missing.
    func check(_ policy: AccessPolicy) throws(ManagementError) {
        guard case .token(let token) = self else { return }
        switch policy {
        case .everyone: return
        case .read, .readOrThisMachine: try Self.require(.read, of: token)
        case .write, .synchronise: try Self.require(.write, of: token)
        case .session:
            throw ManagementError(
                .forbidden, "session_required", "this needs a login with the password; no token may do it")
        }
    }

    private static func require(_ scope: AdminToken.Scope, of token: AdminToken) throws(ManagementError) {
        guard !token.scopes.contains(scope) else { return }
        throw ManagementError(
            .forbidden, "insufficient_scope", "the token does not have the scope '\(scope.rawValue)'")
    }
}
