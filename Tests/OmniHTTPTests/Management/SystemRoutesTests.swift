import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Synchronization
import Testing

@testable import OmniHTTP

/// How often, and how, the daemon was asked to end.
private final class Asked: Sendable {
    private let list = Mutex<[DaemonEnd]>([])

    var ends: [DaemonEnd] { list.withLock { $0 } }

    @Sendable func note(_ end: DaemonEnd) { list.withLock { $0.append(end) } }
}

/// Ending and beginning anew, and what is told of the router's state.
@Suite(.timeLimit(.minutes(5))) struct SystemRoutesTests {
    @Test(arguments: [("/api/shutdown", DaemonEnd.shutdown, "stopping"), ("/api/restart", .restart, "restarting")])
    func endsWhenAskedTo(path: String, end: DaemonEnd, word: String) async throws {
        let asked = Asked()
        try await TestAdmin.run(endDaemon: asked.note) { admin async throws in
            let answer = try await admin.call(.post, path)
            #expect(answer.status == 202)
            #expect(try answer.json["status"]?.string == word)
        }
        #expect(asked.ends == [end])
    }

    /// The login was a while ago: somebody else may sit there now.
    @Test func asksForThePasswordAgain() async throws {
        let asked = Asked()
        try await TestAdmin.run(endDaemon: asked.note) { admin async throws in
            admin.clock.advance(by: 601)
            let without = try await admin.call(.post, "/api/shutdown", "{}")
            #expect(without.status == 403)
            #expect(try without.errorCode == "password_required")
            let wrong = try await admin.call(.post, "/api/shutdown", #"{"password":"not it"}"#)
            #expect(wrong.status == 403)
            #expect(try wrong.errorCode == "wrong_password")
            for _ in 0..<4 { _ = try await admin.call(.post, "/api/shutdown", #"{"password":"not it"}"#) }
            #expect(
                try await admin.call(.post, "/api/shutdown", #"{"password":"\#(TestAdmin.password)"}"#).status == 429)
            #expect(asked.ends == [])
            admin.clock.advance(by: 60)
            let right = try await admin.call(.post, "/api/shutdown", #"{"password":"\#(TestAdmin.password)"}"#)
            #expect(right.status == 202)
        }
        #expect(asked.ends == [.shutdown])
    }

    @Test func cannotEndAnotherProgram() async throws {
        try await TestAdmin.run { admin async throws in
            #expect(try await admin.call(.post, "/api/shutdown").status == 501)
        }
    }

    @Test(
        arguments: [
            (nil, "application/json"), ("*/*", "application/json"), ("application/json", "application/json"),
            ("text/html, application/json", "application/json"), ("text/plain", "text/plain; charset=utf-8"),
            ("text/html,*/*;q=0.8", "text/plain; charset=utf-8"),
        ] as [(String?, String)])
    func initSpeaksWhatIsAskedFor(accept: String?, type: String) async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            var headers = HTTPFields()
            headers[.accept] = accept
            let answer = try await admin.call(.get, "/api/init", headers: headers)
            #expect(answer.headers[.contentType] == type)
            #expect((answer.text == "Initialized") == type.hasPrefix("text"))
        }
    }

    @Test func healthTellsOfProvidersToWhoeverMayRead() async throws {
        try await TestAdmin.run { admin async throws in
            let body = #"{"provider":"openai","apiKey":"sk-test-0123456789","name":"main"}"#
            #expect(try await admin.call(.post, "/api/providers", body).status == 201)
            let health = try await admin.call(.get, "/api/monitoring/health").json
            #expect(
                health["status"]?.string == "healthy" && health["ready"]?.bool == true && health["live"]?.bool == true)
            let provider = try #require(health["providerHealth"]?["openai"])
            #expect(provider["state"]?.string == "CLOSED" && provider["accounts"]?.int == 1)
            #expect(provider["available"]?.int == 1 && provider["lastFailure"]?.isNull == true)
            let made = try await admin.call(.post, "/api/tokens", #"{"name":"w","scopes":["write"]}"#)
            let write: HTTPFields = [.authorization: "Bearer \(try #require(try made.json["token"]?.string))"]
            admin.cookie = nil
            for headers in [HTTPFields(), write] {
                let stranger = try await admin.call(.get, "/api/monitoring/health", headers: headers)
                #expect(!stranger.text.contains("openai") && !stranger.text.contains("\"pid\""))
            }
            #expect(try await admin.call(.get, "/api/monitoring/live").json["status"]?.string == "ok")
            #expect(try await admin.call(.get, "/api/monitoring/ready").json["status"]?.string == "ok")
            #expect(try await admin.call(.delete, "/api/monitoring/health").status == 401)
            #expect(
                try await admin.call(.delete, "/api/monitoring/health", headers: write).json["resetCount"]?.int == 0)
        }
    }

    // MARK: Headers

    @Test(arguments: [
        "/api/keys", "/api/init", "/api/nothing", "/api/settings", "/dashboard", "/dashboard/assets/x/y.js",
    ])
    func everyAnswerHasItsHeaders(path: String) async throws {
        try await TestAdmin.run { admin async throws in
            let answer = try await admin.call(.get, path)
            for (name, value) in [
                ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer"),
            ] {
                #expect(answer.headers[try #require(HTTPField.Name(name))] == value, "\(name)")
            }
            #expect(answer.headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
            #expect(answer.headers[try #require(HTTPField.Name("x-request-id"))]?.hasPrefix("req_") == true)
        }
    }

    @Test(arguments: [
        ("my-id.7", true), (String(repeating: "a", count: 128), true), (String(repeating: "a", count: 129), false),
        ("a b", false), ("", false),
    ])
    func identifiersOfClientsComeBack(id: String, isKept: Bool) async throws {
        try await TestAdmin.run { admin async throws in
            let name = try #require(HTTPField.Name("x-request-id"))
            let answer = try await admin.call(.get, "/api/keys", headers: [name: id])
            #expect((answer.headers[name] == id) == isKept)
        }
    }
}
