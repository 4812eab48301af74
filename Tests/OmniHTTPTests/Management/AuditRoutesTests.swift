import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// What the audit log tells of calls.
@Suite(.timeLimit(.minutes(5))) struct AuditRoutesTests {
    private static func log(_ admin: TestAdmin, _ query: String = "") async throws -> [JSONValue] {
        let answer = try await admin.call(.get, "/api/compliance/audit-log\(query)")
        try #require(answer.status == 200, "\(answer.text)")
        return Array(try answer.json.elements)
    }

    @Test func tellsWhoDidWhatToWhat() async throws {
        try await TestAdmin.run { admin async throws in
            let made = try await admin.call(.post, "/api/keys", #"{"name":"laptop"}"#)
            let id = try #require(try made.json["id"]?.string)
            let secret = try #require(try made.json["key"]?.string)
            _ = try await admin.call(.patch, "/api/keys/\(id)", #"{"name":"tablet"}"#)
            _ = try await admin.call(.delete, "/api/keys/\(id)")
            _ = try await admin.call(.get, "/api/keys")
            let log = try await Self.log(admin)
            #expect(log.map { $0["action"]?.string } == ["keys.revoke", "keys.change", "keys.create", "auth.login"])
            #expect(log.prefix(3).allSatisfy { $0["target"]?.string == id && $0["outcome"]?.string == "success" })
            let session = try #require(log[3]["actor"]?.string)
            #expect(session.hasPrefix("session:") && log.allSatisfy { $0["actor"]?.string == session })
            #expect(log[1]["details"]?["fields"]?["name"]?.string == "tablet")
            #expect(log[1]["details"]?["before"]?["name"]?.string == "laptop")
            #expect(log[0]["details"]?["name"]?.string == "tablet")
            #expect(log[0]["timestamp"]?.string == ISOTime.string(admin.clock.wallMilliseconds()))
            #expect(log.allSatisfy { $0["requestId"]?.string?.hasPrefix("req_") == true })
            let text = try await admin.call(.get, "/api/compliance/audit-log").text
            #expect(!text.contains(secret) && !text.contains(TestAdmin.password))
            #expect(try await admin.call(.get, "/api/compliance/audit-log/verify").json["valid"]?.bool == true)
        }
    }

    @Test func tellsWhatASettingWas() async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await admin.call(.put, "/api/settings", #"{"maxAttempts":7,"maxRetries":0}"#)
            let change = try #require(try await Self.log(admin, "?action=settings.change").first)
            #expect(change["details"]?["fields"]?["maxAttempts"]?.int == 7)
            #expect(change["details"]?["before"]?["maxAttempts"]?.int == 12)
            // Only what became different.
            #expect(change["details"]?["before"]?["maxRetries"] == nil)
        }
    }

    @Test func tellsFailedLoginsAndRefusals() async throws {
        try await TestAdmin.run { admin async throws in
            let cookie = admin.cookie
            admin.cookie = nil
            _ = try await admin.call(.post, "/api/auth/login", #"{"password":"not the one"}"#)
            _ = try await admin.call(.post, "/api/keys", #"{"name":"x"}"#)
            let foreign: HTTPFields = [.origin: "https://evil.example"]
            _ = try await admin.call(.delete, "/api/keys/abc", headers: foreign)
            // Nobody's business: it changes nothing, or was wrong only.
            _ = try await admin.call(.get, "/api/keys")
            admin.cookie = cookie
            _ = try await admin.call(.post, "/api/keys", "{}")
            let log = try await Self.log(admin)
            #expect(log.map { $0["action"]?.string } == ["keys.revoke", "keys.create", "auth.login", "auth.login"])
            #expect(log.map { $0["outcome"]?.string } == ["refused", "refused", "failure", "success"])
            #expect(
                log.map { $0["details"]?["error"]?.string } == ["cross_site", "login_required", "wrong_password", nil])
            #expect(log.prefix(3).allSatisfy { $0["actor"]?.string == "anonymous" })
            #expect(log[0]["target"]?.string == "abc")
        }
    }

    @Test func aFloodOfRefusalsIsCounted() async throws {
        try await TestAdmin.run { admin async throws in
            let cookie = admin.cookie
            admin.cookie = nil
            for _ in 0..<90 { _ = try await admin.call(.post, "/api/keys", "{}") }
            admin.clock.advance(by: 60)
            _ = try await admin.call(.post, "/api/keys", "{}")
            admin.cookie = cookie
            let log = try await Self.log(admin, "?outcome=refused&limit=1000")
            #expect(log.count == 61)
            #expect(log[0]["details"]?["notRecorded"]?.int == 30)
        }
    }

    @Test func pagesAndFormats() async throws {
        try await TestAdmin.run { admin async throws in
            for name in ["=cmd", "b,c", "d"] { _ = try await admin.call(.post, "/api/tokens", #"{"name":"\#(name)"}"#) }
            let first = try await admin.call(.get, "/api/compliance/audit-log?limit=2")
            let total = try #require(HTTPField.Name("x-total-count"))
            let next = try #require(HTTPField.Name("x-next-cursor"))
            #expect(first.headers[total] == "4" && first.headers[next] == "3")
            let second = try await admin.call(.get, "/api/compliance/audit-log?limit=2&cursor=3")
            #expect(try second.json.elements.map { $0["id"]?.int } == [2, 1])
            #expect(try await Self.log(admin, "?offset=3").count == 1)
            let lines = try await admin.call(.get, "/api/compliance/audit-log?format=jsonl")
            #expect(lines.text.split(separator: "\n").count == 4)
            let table = try await admin.call(.get, "/api/compliance/audit-log?format=csv")
            #expect(table.headers[.contentType] == "text/csv; charset=utf-8")
            #expect(table.text.hasPrefix("id,timestamp,") && table.text.split(separator: "\r\n").count == 5)
            for query in [
                "limit=0", "limit=1001", "limit=x", "offset=-1", "from=soon", "format=xml", "outcome=odd", "cursor=0",
            ] {
                #expect(try await admin.call(.get, "/api/compliance/audit-log?\(query)").status == 400, "\(query)")
            }
        }
    }
}
