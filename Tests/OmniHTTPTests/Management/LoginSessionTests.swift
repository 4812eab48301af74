import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// The administrator's logins: shown, ended, replaced.
@Suite(.timeLimit(.minutes(5))) struct LoginSessionTests {
    private static func sessions(_ admin: TestAdmin) async throws -> [JSONValue] {
        let answer = try await admin.call(.get, "/api/auth/sessions")
        try #require(answer.status == 200)
        return Array(try #require(try answer.json["sessions"]).elements)
    }

    @Test func oneIsEndedAndTheOthersStay() async throws {
        try await TestAdmin.run { admin async throws in
            let first = admin.cookie
            admin.cookie = nil
            admin.clock.advance(by: 60)
            try await admin.logIn()
            let list = try await Self.sessions(admin)
            #expect(list.map { $0["current"]?.bool } == [true, false])
            let text = try await admin.call(.get, "/api/auth/sessions").text
            #expect(!text.contains(try #require(first).dropFirst("auth_token=".count)))
            let id = try #require(list[1]["id"]?.string)
            #expect(try await admin.call(.delete, "/api/auth/sessions/\(id)").status == 200)
            #expect(try await admin.call(.delete, "/api/auth/sessions/\(id)").status == 404)
            #expect(try await Self.sessions(admin).count == 1)
            admin.cookie = first
            #expect(try await admin.call(.get, "/api/keys").status == 401)
        }
    }

    @Test(arguments: [("", false), ("?keep=current", true)])
    func signsOutEverywhere(query: String, stays: Bool) async throws {
        try await TestAdmin.run { admin async throws in
            let first = admin.cookie
            admin.cookie = nil
            try await admin.logIn()
            let made = try await admin.call(.post, "/api/tokens", #"{"name":"t"}"#)
            let token: HTTPFields = [.authorization: "Bearer \(try #require(try made.json["token"]?.string))"]
            let answer = try await admin.call(.delete, "/api/auth/sessions\(query)")
            #expect(answer.status == 200)
            #expect(try answer.json["ended"]?.int == (stays ? 1 : 2))
            #expect((answer.headers[.setCookie] == nil) == stays)
            #expect(try await admin.call(.get, "/api/keys").status == (stays ? 200 : 401))
            admin.cookie = first
            #expect(try await admin.call(.get, "/api/keys").status == 401)
            // Tokens go only when that is asked for.
            admin.cookie = nil
            #expect(try await admin.call(.get, "/api/keys", headers: token).status == 200)
            try await admin.logIn()
            _ = try await admin.call(.delete, "/api/auth/sessions?tokens=true")
            admin.cookie = nil
            #expect(try await admin.call(.get, "/api/keys", headers: token).status == 401)
        }
    }

    /// A browser that logs in again gets another session, and the one it had is over.
    @Test func aLoginReplacesTheSessionOfItsBrowser() async throws {
        try await TestAdmin.run { admin async throws in
            let old = try #require(admin.cookie)
            try await admin.logIn()
            #expect(admin.cookie != old)
            #expect(try await Self.sessions(admin).count == 1)
            admin.cookie = old
            #expect(try await admin.call(.get, "/api/keys").status == 401)
        }
    }

    /// However many try at the same moment, before the first one was found wrong.
    @Test func simultaneousGuessesAreCounted() async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { [admin] group in
                for number in 0..<30 {
                    group.addTask {
                        try await admin.call(.post, "/api/auth/login", #"{"password":"guess \#(number)"}"#).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 401 }.count == 5)
            #expect(statuses.filter { $0 == 429 }.count == 25)
        }
    }
}
