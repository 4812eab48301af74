import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// Tokens and what they open.
@Suite(.timeLimit(.minutes(5))) struct TokenRoutesTests {
    /// - Returns: headers with a fresh token.
    private static func token(_ admin: TestAdmin, _ body: String) async throws -> HTTPFields {
        let made = try await admin.call(.post, "/api/tokens", body)
        try #require(made.status == 201, "\(made.text)")
        return [.authorization: "Bearer \(try #require(try made.json["token"]?.string))"]
    }

    @Test func aTokenIsShownOnce() async throws {
        try await TestAdmin.run { admin async throws in
            let made = try await admin.call(.post, "/api/tokens", #"{"name":"ci","scopes":["read","write"]}"#)
            #expect(made.status == 201)
            let secret = try #require(try made.json["token"]?.string)
            #expect(secret.hasPrefix("omni_admin_"))
            let list = try await admin.call(.get, "/api/tokens")
            #expect(!list.text.contains(secret))
            let shown = try #require(try list.json["tokens"]?.element(0))
            #expect(shown["name"]?.string == "ci" && shown["lastUsedAt"]?.isNull == true)
            #expect(shown["scopes"]?.elements.compactMap(\.string) == ["read", "write"])
            #expect(try await admin.call(.post, "/api/tokens", #"{"name":"ci"}"#).status == 409)
        }
    }

    @Test(arguments: [
        ("{}", "name"), (#"{"name":"a","scopes":[]}"#, "scopes"), (#"{"name":"a","scopes":["root"]}"#, "scopes"),
        (#"{"name":"a","expiresAt":"soon"}"#, "expiresAt"), (#"{"name":"a","expiresAt":"2001-01-01"}"#, "expiresAt"),
        (#"{"name":"a","expiresInDays":0}"#, "expiresInDays"), (#"{"name":"a\u0000"}"#, "name"),
    ])
    func refusesWhatIsNoToken(body: String, field: String) async throws {
        try await TestAdmin.run { admin async throws in
            let answer = try await admin.call(.post, "/api/tokens", body)
            #expect(answer.status == 400)
            #expect(try answer.errorField == field)
        }
    }

    @Test func scopesAreWhatTheySay() async throws {
        try await TestAdmin.run { admin async throws in
            let read = try await Self.token(admin, #"{"name":"r"}"#)
            let write = try await Self.token(admin, #"{"name":"w","scopes":["write"]}"#)
            admin.cookie = nil
            #expect(try await admin.call(.get, "/api/keys", headers: read).status == 200)
            let refused = try await admin.call(.post, "/api/keys", #"{"name":"k"}"#, headers: read)
            #expect(refused.status == 403)
            #expect(try refused.errorCode == "insufficient_scope")
            #expect(try await admin.call(.post, "/api/keys", #"{"name":"k"}"#, headers: write).status == 201)
            #expect(try await admin.call(.get, "/api/keys", headers: write).status == 403)
            for (method, path) in [
                (.post, "/api/tokens"), (.delete, "/api/auth/sessions"), (.put, "/api/settings/require-login"),
            ]
                as [(HTTPRequest.Method, String)]
            {
                let answer = try await admin.call(
                    method, path, #"{"name":"x","password":"long enough"}"#, headers: write)
                #expect(answer.status == 403)
                #expect(try answer.errorCode == "session_required")
            }
            #expect(try await admin.call(.get, "/api/auth/status", headers: read).json["authenticated"]?.bool == true)
        }
    }

    @Test func aTokenEndsWithItsTimeAndWithItsRevocation() async throws {
        try await TestAdmin.run { admin async throws in
            let short = try await Self.token(admin, #"{"name":"s","expiresInDays":1}"#)
            let long = try await Self.token(admin, #"{"name":"l"}"#)
            let cookie = admin.cookie
            admin.cookie = nil
            admin.clock.advance(by: 86_399)
            #expect(try await admin.call(.get, "/api/keys", headers: short).status == 200)
            admin.clock.advance(by: 1)
            let expired = try await admin.call(.get, "/api/keys", headers: short)
            #expect(expired.status == 401)
            #expect(try expired.errorCode == "invalid_token")
            #expect(try await admin.call(.get, "/api/keys", headers: long).status == 200)
            admin.cookie = cookie
            let tokens = try #require(try await admin.call(.get, "/api/tokens").json["tokens"])
            let kept = try #require(tokens.elements.first { $0["name"]?.string == "l" })
            #expect(kept["lastUsedAt"]?.string == ISOTime.string(admin.clock.wallMilliseconds()))
            let id = try #require(kept["id"]?.string)
            #expect(try await admin.call(.delete, "/api/tokens/\(id)").status == 200)
            #expect(try await admin.call(.delete, "/api/tokens/\(id)").status == 404)
            admin.cookie = nil
            #expect(try await admin.call(.get, "/api/keys", headers: long).status == 401)
        }
    }

    /// A token that is wrong is not made good by a cookie beside it: the program would believe it works.
    @Test func aWrongTokenIsRefusedAlsoBesideACookie() async throws {
        try await TestAdmin.run { admin async throws in
            let headers: HTTPFields = [.authorization: "Bearer omni_admin_0000000000000000000000000000000000000000"]
            #expect(try await admin.call(.get, "/api/keys", headers: headers).status == 401)
            #expect(
                try await admin.call(.get, "/api/auth/status", headers: headers).json["authenticated"]?.bool == false)
        }
    }
}
