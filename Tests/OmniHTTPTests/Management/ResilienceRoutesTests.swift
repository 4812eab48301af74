import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// `/api/resilience`, `/api/rate-limits` and `/api/sessions`.
@Suite(.timeLimit(.minutes(5))) struct ResilienceRoutesTests {
    private static func connection(_ admin: TestAdmin) async throws -> String {
        let made = try await admin.call(
            .post, "/api/providers", #"{"provider":"openai","apiKey":"k-123456","name":"a","requestsPerMinute":9}"#)
        return try #require(try made.json["connection"]?["id"]?.string)
    }

    @Test(arguments: [HTTPRequest.Method.put, .patch])
    func profilesChangeInPartsAndAreInForce(method: HTTPRequest.Method) async throws {
        try await TestAdmin.run { admin async throws in
            let before = try await admin.call(.get, "/api/resilience").json
            #expect(before["profiles"]?.names == ["apikey", "oauth", "local"])
            #expect(before["profiles"]?["oauth"]?["transientCooldown"]?.int == 5000)
            #expect(before["defaults"]?["requestsPerMinute"]?.isNull == true)
            let changed = try await admin.call(
                method, "/api/resilience",
                #"{"profiles":{"apikey":{"maxBackoffLevel":2}},"defaults":{"concurrentRequests":7,"x":1}}"#)
            #expect(changed.status == 200)
            #expect(try changed.json["ok"]?.bool == true)
            #expect(try changed.json["ignored"]?.element(0)?.string == "defaults.x")
            let after = try await admin.call(.get, "/api/resilience").json
            #expect(after["profiles"]?["apikey"]?["maxBackoffLevel"]?.int == 2)
            #expect(after["profiles"]?["apikey"]?["transientCooldown"]?.int == 3000)
            #expect(after["defaults"]?["concurrentRequests"]?.int == 7)
            let stored = try await admin.store.configuration.load().routing.resilience
            #expect(stored.profiles.apiKey.maximumLevel == 2 && stored.defaults.maximumConcurrency == 7)
            // An answer may come back as a change.
            let same = try await admin.call(
                method, "/api/resilience", try await admin.call(.get, "/api/resilience").text)
            #expect(try same.json["ignored"] == nil)
            #expect(try await admin.store.configuration.load().routing.resilience == stored)
        }
    }

    @Test(arguments: [
        ("{}", "profiles"), (#"{"profiles":{"moon":{}}}"#, "profiles.moon"),
        (#"{"profiles":{"oauth":{"circuitBreakerReset":1}}}"#, "profiles.oauth.circuitBreakerReset"),
        (#"{"defaults":{"tokensPerMinute":"1"}}"#, "defaults.tokensPerMinute"),
    ])
    func refusals(body: String, field: String) async throws {
        try await TestAdmin.run { admin async throws in
            let before = try await admin.store.configuration.load()
            let answer = try await admin.call(.put, "/api/resilience", body)
            #expect(answer.status == 400)
            #expect(try answer.errorField == field)
            #expect(try await admin.store.configuration.load() == before)
        }
    }

    @Test func limitsOfConnectionsAndModels() async throws {
        try await TestAdmin.run { admin async throws in
            let id = try await Self.connection(admin)
            let changed = try await admin.call(
                .post, "/api/rate-limits",
                #"{"connectionId":"\#(id)","requestsPerMinute":5,"concurrentRequests":2,"minTimeBetweenRequests":100}"#)
            #expect(changed.status == 200)
            #expect(try changed.json["success"]?.bool == true && changed.json["enabled"]?.bool == true)
            let model = try await admin.call(
                .post, "/api/rate-limits", #"{"connectionId":"\#(id)","model":"gpt-4o","tokensPerMinute":100}"#)
            #expect(try model.json["modelLimits"]?["gpt-4o"]?["tokensPerMinute"]?.int == 100)
            let shown = try #require(
                try await admin.call(.get, "/api/rate-limits").json["connections"]?.element(0))
            #expect(shown["connectionId"]?.string == id && shown["active"]?.bool == true)
            #expect(shown["inForce"]?.names == ["requestsPerMinute", "maxConcurrent", "minTimeBetweenRequests"])
            #expect(shown["requests"]?["limit"]?.int == 5 && shown["requests"]?["remaining"]?.int == 5)
            #expect(shown["tokens"]?.isNull == true && shown["running"]?.int == 0)
            let options = try #require(try await admin.store.configuration.load().connections.first?.options)
            #expect(options.requestsPerMinute == 5 && options.maximumConcurrency == 2)
            #expect(options.modelLimits["gpt-4o"]?.tokensPerMinute == 100)

            let off = try await admin.call(
                .post, "/api/rate-limits", #"{"connectionId":"\#(id)","enabled":false}"#)
            #expect(try off.json["enabled"]?.bool == false && off.json["inForce"]?.names == [])
            // What was set is kept for later.
            #expect(try off.json["requestsPerMinute"]?.int == 5)
            _ = try await admin.call(
                .post, "/api/rate-limits", #"{"connectionId":"\#(id)","model":"gpt-4o","tokensPerMinute":null}"#)
            #expect(try await admin.store.configuration.load().connections.first?.options.modelLimits == [:])
        }
    }

    @Test func limitsOfAllConnections() async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await Self.connection(admin)
            let changed = try await admin.call(
                .post, "/api/rate-limits", #"{"defaults":{"requestsPerMinute":3,"tokensPerMinute":8}}"#)
            #expect(try changed.json["rateLimitDefaults"]?["tokensPerMinute"]?.int == 8)
            let limits = try await admin.call(.get, "/api/rate-limits").json
            let shown = try #require(limits["connections"]?.element(0))
            #expect(shown["requests"]?["limit"]?.int == 9 && shown["tokens"]?["limit"]?.int == 8)
            #expect(limits["rateLimitDefaults"]?["requestsPerMinute"]?.int == 3)
            for method in [HTTPRequest.Method.get, .post, .put] {
                let moved = try await admin.call(method, "/api/rate-limit?a=b")
                #expect(moved.status == 308)
                #expect(moved.headers[.location] == "/api/rate-limits?a=b")
                #expect(try moved.json["rateLimitDefaults"]?["requestsPerMinute"]?.int == 3)
            }
        }
    }

    @Test(
        arguments: [
            ("{}", 400, "connectionId"), (#"{"connectionId":"none"}"#, 404, nil),
            (#"{"connectionId":"ID","requestsPerMinute":0}"#, 400, "requestsPerMinute"),
            (#"{"connectionId":"ID","enabled":1}"#, 400, "enabled"),
            (#"{"connectionId":"ID","model":"m","enabled":true}"#, 400, "enabled"),
            (#"{"connectionId":"ID","model":""}"#, 400, "model"),
            (#"{"defaults":{"concurrentRequests":0}}"#, 400, "defaults.concurrentRequests"),
            (#"{"defaults":1}"#, 400, "defaults"),
        ] as [(String, Int, String?)])
    func limitRefusals(body: String, status: Int, field: String?) async throws {
        try await TestAdmin.run { admin async throws in
            let id = try await Self.connection(admin)
            let before = try await admin.store.configuration.load()
            let filled = String(body.split(separator: "ID", omittingEmptySubsequences: false).joined(separator: id))
            let answer = try await admin.call(.post, "/api/rate-limits", filled)
            #expect(answer.status == status)
            #expect(try answer.errorField == field)
            #expect(try await admin.store.configuration.load() == before)
        }
    }

    @Test func profilesOfConnections() async throws {
        try await TestAdmin.run { admin async throws in
            let id = try await Self.connection(admin)
            let path = "/api/providers/\(id)"
            #expect(try await admin.call(.get, path).json["connection"]?["resilienceProfile"]?.string == "apikey")
            let changed = try await admin.call(.patch, path, #"{"resilienceProfile":"oauth"}"#)
            #expect(try changed.json["connection"]?["resilienceProfile"]?.string == "oauth")
            #expect(try await admin.store.configuration.load().connections.first?.options.profile == .oauth)
            let wrong = try await admin.call(.patch, path, #"{"resilienceProfile":"best"}"#)
            #expect(wrong.status == 400)
            #expect(try wrong.errorField == "resilienceProfile")
        }
    }

    @Test func noSessionsYet() async throws {
        try await TestAdmin.run { admin async throws in
            let sessions = try await admin.call(.get, "/api/sessions").json
            #expect(sessions["count"]?.int == 0 && sessions["sessionAffinity"]?.bool == true)
            #expect(try await admin.call(.get, "/api/sessions?limit=0").errorField == "limit")
        }
    }
}
