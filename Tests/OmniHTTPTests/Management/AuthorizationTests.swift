import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// Every route there is, called by everybody there is.
@Suite(.timeLimit(.minutes(10))) struct AuthorizationTests {
    /// Who calls.
    enum Caller: CaseIterable {
        case nobody, clientKey, unknownToken, readToken, writeToken, expiredToken, expiredSession
    }

    /// What a caller is told; nil when the call goes through, to whatever it then comes to.
    private static func refusal(of caller: Caller, by policy: AccessPolicy) -> (status: Int, code: String)? {
        switch (policy, caller) {
        case (.everyone, _): nil
        case (_, .nobody), (_, .clientKey), (_, .expiredSession): (401, "login_required")
        case (_, .unknownToken), (_, .expiredToken): (401, "invalid_token")
        case (.read, .readToken), (.readOrThisMachine, .readToken), (.write, .writeToken), (.synchronise, .writeToken):
            nil
        case (.session, .readToken), (.session, .writeToken): (403, "session_required")
        case (_, .readToken), (_, .writeToken): (403, "insufficient_scope")
        }
    }

    private struct Called: Hashable {
        var method: String
        var path: String
    }

    @Test(arguments: Caller.allCases)
    func everyRouteRefusesWhoeverMayNotCallIt(caller: Caller) async throws {
        try await TestAdmin.run { admin async throws in
            let headers = try await Self.credential(of: caller, admin)
            if caller == .expiredSession || caller == .expiredToken {
                admin.clock.advance(by: 30 * 86_400)
            } else {
                admin.cookie = nil
            }
            let before = try await admin.store.configuration.load()
            let (keys, tokens) = (before.clientKeys.count, try await admin.store.configuration.adminTokens().count)
            var seen: Set<Called> = []
            for route in admin.management.routes {
                // One route each; doubles would hide each other.
                let isNew = seen.insert(Called(method: route.method.rawValue, path: "\(route.path)")).inserted
                #expect(isNew, "\(route.method) \(route.path) is declared twice")
                guard let refusal = Self.refusal(of: caller, by: route.policy) else { continue }
                let path = "\(route.path)".replacing("{", with: "").replacing("}", with: "").replacing("*", with: "x")
                let answer = try await admin.call(
                    route.method, path, route.method == .get ? nil : "{}", headers: headers)
                #expect(answer.status == refusal.status, "\(caller) \(route.method) \(route.path)")
                if route.method != .head {
                    #expect(try answer.errorCode == refusal.code, "\(caller) \(route.method) \(route.path)")
                }
            }
            #expect(seen.count > 100)
            // Nothing happened.
            let after = try await admin.store.configuration.load()
            #expect(after.clientKeys.count == keys && after.combos.isEmpty && after.aliases.isEmpty)
            #expect(try await admin.store.configuration.adminTokens().count == tokens)
        }
    }

    /// What is open to everyone is a short list that somebody has thought about.
    @Test func fewRoutesAreOpen() async throws {
        try await TestAdmin.run { admin async throws in
            let open = admin.management.routes.filter { $0.policy == .everyone }.map {
                "\($0.method.rawValue) \($0.path)"
            }
            #expect(
                Set(open) == [
                    "POST /api/auth/login", "POST /api/auth/logout", "GET /api/auth/status",
                    "GET /api/settings/require-login", "GET /api/init", "GET /api/monitoring/health",
                    "GET /api/monitoring/live", "GET /api/monitoring/ready", "GET /api/oauth/{provider}/callback",
                    "GET /api/openapi.json",
                ])
        }
    }

    /// Reading is what GET is for; a route that changes something by it says so in its policy.
    @Test func whatChangesSomethingNeedsMoreThanReading() async throws {
        try await TestAdmin.run { admin async throws in
            let reading = admin.management.routes.filter { route in
                ![.get, .head].contains(route.method) && [.read, .readOrThisMachine].contains(route.policy)
            }
            for route in reading { #expect(!route.isAudited) }
            for route in admin.management.routes where [.write, .session].contains(route.policy) {
                #expect(route.isAudited)
            }
            #expect(admin.management.routes.allSatisfy { $0.operation.contains(".") })
        }
    }

    private static func credential(of caller: Caller, _ admin: TestAdmin) async throws -> HTTPFields {
        switch caller {
        case .nobody, .expiredSession: return HTTPFields()
        case .clientKey:
            let key = ClientKeySecret(id: ClientKeyID("k"), name: "k", now: 0)
            try await admin.store.configuration.insertClientKey(key.key)
            var headers: HTTPFields = [.authorization: "Bearer \(key.secret)"]
            headers[try #require(HTTPField.Name("x-api-key"))] = key.secret
            return headers
        case .unknownToken: return [.authorization: "Bearer omni_admin_\(String(repeating: "0", count: 40))"]
        case .readToken, .writeToken, .expiredToken:
            let scopes: Set<AdminToken.Scope> =
                caller == .readToken ? [.read] : caller == .writeToken ? [.write] : [.read, .write]
            let now = admin.clock.wallMilliseconds()
            let made = AdminTokenSecret(
                id: "t", name: "t", scopes: scopes, now: now, expiresAt: caller == .expiredToken ? now + 1000 : nil)
            try await admin.store.configuration.insertAdminToken(made.token)
            return [.authorization: "Bearer \(made.secret)"]
        }
    }
}
