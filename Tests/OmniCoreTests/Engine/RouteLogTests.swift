import OmniCore
import OmniJSON
import Testing

/// What the request log keeps of a request's way.
@Suite struct RouteLogTests {
    @Test func nothingIsKeptOfARequestThatItsFirstCandidateServed() async throws {
        let result = try await EngineScenario(
            accounts: 3, body: EngineSamples.chatRequest, replies: [.json(EngineSamples.chatAnswer)]
        ).run()
        #expect(result.record.route == nil)
        #expect(result.record.headMS != nil)
    }

    @Test func everyAttemptAndItsReasonIsKept() async throws {
        let result = try await EngineScenario(
            accounts: 2, body: EngineSamples.chatRequest,
            replies: [.json(#"{"error":{"message":"no"}}"#, status: 401), .json(EngineSamples.chatAnswer)]
        ).run()
        let route = try JSONValue(parsing: try #require(result.record.route).json)
        let candidates = Array(try #require(route["candidates"]).elements)
        #expect(candidates.map { $0["connectionId"]?.string } == ["account-0", "account-0", "account-1"])
        #expect(candidates.map { $0["decision"]?.string } == ["chosen", "skipped: tried", "chosen"])
        let attempts = Array(try #require(route["attempts"]).elements)
        #expect(attempts.map { $0["outcome"]?.string } == ["authentication", "served"])
        #expect(attempts[0]["status"]?.int == 401)
        for attempt in attempts {
            let start = try #require(attempt["startMs"]?.int)
            let head = try #require(attempt["headMs"]?.int)
            let end = try #require(attempt["endMs"]?.int)
            #expect(start <= head && head <= end)
        }
    }

    @Test func aRequestThatNobodyServedEndsWithItsLastFailure() async throws {
        let result = try await EngineScenario(
            body: EngineSamples.chatRequest, replies: [.json("{}", status: 403)]
        ).run()
        let route = try JSONValue(parsing: try #require(result.record.route).json)
        #expect(route["attempts"]?.elements.map { $0["outcome"]?.string } == ["forbidden"])
    }

    @Test func aStreamThatBreaksIsKeptWithItsError() async throws {
        let result = try await EngineScenario(
            body: EngineSamples.chatStreamRequest,
            replies: [.events(.bytes(EngineSamples.chatRole + EngineSamples.chatText("x")), .failure(.connectionLost))]
        ).run()
        let route = try JSONValue(parsing: try #require(result.record.route).json)
        let attempts = Array(try #require(route["attempts"]).elements)
        #expect(attempts.map { $0["outcome"]?.string } == ["upstream_incomplete"])
        #expect(attempts[0]["firstEventMs"]?.int != nil)
    }
}
