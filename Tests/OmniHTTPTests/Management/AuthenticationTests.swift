import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// Logging in and out, and what is closed to whoever has not.
@Suite(.timeLimit(.minutes(5))) struct AuthenticationTests {
    private static let protected: [(HTTPRequest.Method, String)] = [
        (.get, "/api/providers"), (.post, "/api/providers"), (.post, "/api/providers/validate"),
        (.get, "/api/providers/x"), (.put, "/api/providers/x"), (.patch, "/api/providers/x"),
        (.delete, "/api/providers/x"), (.post, "/api/providers/x/test"), (.get, "/api/providers/x/models"),
        (.get, "/api/provider-nodes"), (.post, "/api/provider-nodes"), (.get, "/api/provider-nodes/x"),
        (.put, "/api/provider-nodes/x"), (.patch, "/api/provider-nodes/x"), (.delete, "/api/provider-nodes/x"),
        (.get, "/api/keys"), (.post, "/api/keys"), (.get, "/api/keys/x"), (.patch, "/api/keys/x"),
        (.put, "/api/keys/x"), (.delete, "/api/keys/x"), (.get, "/api/models/alias"), (.put, "/api/models/alias"),
        (.post, "/api/models/alias"), (.delete, "/api/models/alias"), (.get, "/api/usage/history"),
        (.get, "/api/usage/logs"), (.get, "/api/usage/request-logs"), (.put, "/api/settings/require-login"),
        (.post, "/api/settings/require-login"), (.patch, "/api/settings/require-login"),
    ]

    /// The reference let any client key in, and everybody on a fresh installation.
    @Test(arguments: [true, false])
    func refusesWhoeverHasNotLoggedIn(hasPassword: Bool) async throws {
        try await TestAdmin.run(password: hasPassword ? TestAdmin.password : nil, isLoggedIn: false) {
            admin async throws in
            let key = ClientKeySecret(id: ClientKeyID("k"), name: "k", now: 0)
            try await admin.store.configuration.insertClientKey(key.key)
            var headers: [HTTPFields] = [HTTPFields(), [.authorization: "Bearer \(key.secret)"]]
            headers.append([HTTPField.Name("x-api-key") ?? .authorization: key.secret])
            headers.append([.cookie: "auth_token=\(String(repeating: "0", count: 64))"])
            headers.append([.cookie: "auth_token="])
            for (method, path) in Self.protected {
                for fields in headers {
                    let response = try await admin.call(method, path, "{}", headers: fields)
                    #expect(response.status == 401, "\(method) \(path)")
                    #expect(try response.errorCode == "login_required")
                }
            }
            #expect(admin.publications.value == 0)
        }
    }

    @Test(arguments: [
        ("/api/monitoring/health", ["status", "timestamp", "setupComplete"]),
        ("/api/init", ["initialized", "setupComplete", "hasPassword"]), ("/api/auth/status", ["authenticated"]),
        ("/api/settings/require-login", ["requireLogin", "hasPassword", "setupComplete"]),
    ])
    func tellsEverybodyTheMinimum(path: String, names: [String]) async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            let response = try await admin.call(.get, path)
            #expect(response.status == 200)
            #expect(try response.json.names.isSuperset(of: names))
            for secret in ["pid", "memoryUsage", "platform", "uptime"] {
                #expect(!response.text.contains("\"\(secret)\""))
            }
            #expect(response.headers[.cacheControl] == "no-store")
            #expect(response.headers[.xContentTypeOptions] == "nosniff")
        }
    }

    @Test func showsTheProcessToAdministrators() async throws {
        try await TestAdmin.run { admin async throws in
            admin.clock.advance(by: 90)
            let health = try await admin.call(.get, "/api/monitoring/health").json
            #expect(health["status"]?.string == "healthy")
            #expect(health["timestamp"]?.string == ISOTime.string(admin.clock.wallMilliseconds()))
            #expect(
                health.names.isSuperset(of: [
                    "system", "providerHealth", "rateLimitStatus", "lockouts", "setupComplete",
                ]))
            #expect(health["system"]?["uptime"]?.int == 90)
            #expect(health["system"]?["version"]?.string == "1.2.3")
            #expect(
                health["system"]?.names.isSuperset(of: ["version", "uptime", "platform", "pid", "memoryUsage"]) == true)
            #expect(health["lockouts"]?.kind == .array)
        }
    }

    @Test(arguments: [true, false])
    func setsACookieThatOnlyTheBrowserReads(isSecure: Bool) async throws {
        try await TestAdmin.run(usesSecureCookies: isSecure, isLoggedIn: false) { admin async throws in
            let response = try await admin.logIn()
            #expect(response.status == 200)
            #expect(try response.json["success"]?.bool == true)
            let expected = ISOTime.string(admin.clock.wallMilliseconds() + 30 * 86_400_000)
            #expect(try response.json["expiresAt"]?.string == expected)
            let parts = try #require(response.headers[.setCookie]).split(separator: "; ").map(String.init)
            #expect(parts[0].hasPrefix("auth_token=") && parts[0].utf8.count == "auth_token=".utf8.count + 64)
            #expect(
                Set(parts.dropFirst())
                    == Set(["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=2592000"] + (isSecure ? ["Secure"] : [])))
            #expect(!response.text.contains(parts[0].dropFirst("auth_token=".count)))
        }
    }

    @Test func endsASessionWhenItsTimeIsOver() async throws {
        try await TestAdmin.run { admin async throws in
            admin.clock.advance(by: 30 * 86_400 - 1)
            #expect(try await admin.call(.get, "/api/keys").status == 200)
            admin.clock.advance(by: 1)
            #expect(try await admin.call(.get, "/api/keys").status == 401)
        }
    }

    @Test func endsASessionForGoodOnLogout() async throws {
        try await TestAdmin.run { admin async throws in
            #expect(try await admin.call(.get, "/api/auth/status").json["authenticated"]?.bool == true)
            let response = try await admin.call(.post, "/api/auth/logout")
            #expect(response.status == 200)
            #expect(response.headers[.setCookie]?.contains("Max-Age=0") == true)
            // The browser would forget the cookie now; a thief would not.
            #expect(try await admin.call(.get, "/api/keys").status == 401)
            #expect(try await admin.call(.get, "/api/auth/status").json["authenticated"]?.bool == false)
        }
    }

    @Test(
        arguments: [
            (#"{"password":"wrong"}"#, 401, "wrong_password"), (#"{"password":""}"#, 400, "invalid_field"),
            ("{}", 400, "invalid_field"), (#"{"password":7}"#, 400, "invalid_field"), ("{", 400, "invalid_json"),
            ("[]", 400, "invalid_json"), (#"{"password":"correct horse "}"#, 200, nil),
            (#"{"password":"Correct horse"}"#, 401, "wrong_password"),
        ] as [(String, Int, String?)])
    func judgesLogins(body: String, status: Int, code: String?) async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            let response = try await admin.call(.post, "/api/auth/login", body)
            #expect(response.status == status)
            #expect(try response.errorCode == code)
            #expect((response.headers[.setCookie] == nil) == (status != 200))
        }
    }

    @Test func slowsGuessingDown() async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            for _ in 0..<5 { #expect(try await admin.logIn("wrong").status == 401) }
            let refused = try await admin.logIn()
            #expect(refused.status == 429)
            #expect(refused.headers[.retryAfter] == "1")
            #expect(admin.cookie == nil)
            admin.clock.advance(by: 1)
            #expect(try await admin.logIn("wrong").status == 401)
            #expect(try await admin.logIn().headers[.retryAfter] == "2")
            admin.clock.advance(by: 2)
            #expect(try await admin.logIn().status == 200)
            // Success forgets the failures.
            for _ in 0..<5 { #expect(try await admin.logIn("wrong").status == 401) }
        }
    }

    @Test func spendsTheSetupTokenOnItsFirstUse() async throws {
        try await TestAdmin.run(password: nil) { admin async throws in
            let token = SetupToken()
            try await admin.store.configuration.setSetupTokenDigest(token.digest)
            #expect(try await admin.call(.get, "/api/init").json["hasPassword"]?.bool == false)
            #expect(try await admin.logIn(token.secret).status == 200)
            #expect(try await admin.call(.get, "/api/keys").status == 200)
            #expect(try await admin.logIn(token.secret).status == 401)
        }
    }

    /// However many try at the same moment.
    @Test func spendsTheSetupTokenOnceAlsoInARace() async throws {
        try await TestAdmin.run(password: nil) { admin async throws in
            let token = SetupToken()
            try await admin.store.configuration.setSetupTokenDigest(token.digest)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { [admin] tasks in
                for _ in 0..<8 {
                    tasks.addTask {
                        try await admin.call(.post, "/api/auth/login", #"{"password":"\#(token.secret)"}"#).status
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1)
        }
    }

    @Test func changesThePasswordAndEndsOtherSessions() async throws {
        try await TestAdmin.run { admin async throws in
            let path = "/api/settings/require-login"
            let old = admin.cookie
            let changed = try await admin.call(.put, path, #"{"password":"battery staple"}"#)
            #expect(changed.status == 200)
            #expect(try await admin.call(.get, "/api/keys").status == 401)
            let cookie = try #require(changed.headers[.setCookie])
            admin.cookie = String(cookie.prefix { $0 != ";" })
            #expect(admin.cookie != old)
            #expect(try await admin.call(.get, "/api/keys").status == 200)
            // A stored password takes the place of the one in the environment, and guards its own change.
            #expect(try await admin.call(.put, path, #"{"password":"another one"}"#).status == 400)
            let wrong = try await admin.call(
                .put, path, #"{"password":"another one","currentPassword":"correct horse"}"#)
            #expect(wrong.status == 403)
            #expect(try await admin.logIn("correct horse").status == 401)
            #expect(try await admin.logIn("battery staple").status == 200)
            let again = try await admin.call(
                .patch, path, #"{"password":"another one","currentPassword":"battery staple"}"#)
            #expect(again.status == 200)
        }
    }

    @Test(arguments: [
        (#"{"requireLogin":false}"#, 400), (#"{"requireLogin":true}"#, 200), ("{}", 400),
        (#"{"password":"short"}"#, 400), (#"{"password":7}"#, 400), (#"{"requireLogin":"no"}"#, 400),
        (#"{"requireLogin":false,"password":"long enough"}"#, 400),
    ])
    func judgesLoginSettings(body: String, status: Int) async throws {
        try await TestAdmin.run { admin async throws in
            #expect(try await admin.call(.post, "/api/settings/require-login", body).status == status)
            // Nothing of a refused change may stay.
            #expect(try await admin.call(.get, "/api/keys").status == 200)
        }
    }

    /// No secret is stored as it is.
    @Test func storesNoPasswordAndNoCookie() async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await admin.call(.put, "/api/settings/require-login", #"{"password":"battery staple"}"#)
            let hash = try #require(try await admin.store.configuration.passwordHash())
            #expect(!hash.contains("battery"))
            #expect(try PasswordHash.verify("battery staple", against: hash))
        }
    }
}
