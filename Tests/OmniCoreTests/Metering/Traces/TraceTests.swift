import OmniJSON
import Testing

@testable import OmniCore

@Suite struct TraceTests {
    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func record(_ id: String = "r") -> UsageRecord {
        var record = UsageRecord(requestID: id, startedAt: 1_790_000_000_000)
        record.provider = "gemini"
        record.servedModel = "m"
        record.requestedModel = "gemini/m"
        record.path = "/v1/chat/completions"
        record.status = 200
        record.attempts = 1
        record.latencyMS = 20
        record.inputTokens = 3
        return record
    }

    private func spans(_ record: UsageRecord) -> [TraceSpan] {
        var random = SplitMix64(seed: 7)
        return TraceSpan.spans(of: record, using: &random)
    }

    @Test func aParentIsRead() throws {
        let parent = try #require(TraceParent(Self.parent))
        #expect(parent.traceID == "0af7651916cd43dd8448eb211c80319c" && parent.spanID == "b7ad6b7169203331")
        #expect(parent.isSampled)
        #expect(TraceParent(Self.parent.dropLast() + "0")?.isSampled == false)
        // A later version may say more.
        #expect(TraceParent("01" + Self.parent.dropFirst(2) + "-more") != nil)
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", parent + "-more",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    ])
    func aBrokenParentIsNone(header: String) { #expect(TraceParent(header) == nil) }

    @Test func anAttemptLiesBelowItsRequest() throws {
        let spans = spans(record())
        let (server, attempt) = (try #require(spans.first), try #require(spans.last))
        #expect(spans.count == 2 && server.kind == .server && attempt.kind == .client)
        #expect(attempt.parentID == server.spanID && attempt.traceID == server.traceID && server.parentID == nil)
        #expect(server.traceID.utf8.count == 32 && server.spanID.utf8.count == 16 && attempt.spanID != server.spanID)
        #expect(server.end - server.start == 20_000_000 && attempt.end <= server.end)
        #expect(attempt.attributes.contains { $0.name == "gen_ai.provider.name" && $0.value == .text("gcp.gemini") })
        #expect(attempt.attributes.contains { $0.name == "gen_ai.usage.input_tokens" && $0.value == .number(3) })
    }

    @Test func cachedAnswersHaveNoAttempt() {
        var cached = record()
        cached.attempts = 0
        cached.isCached = true
        #expect(spans(cached).count == 1)
    }

    @Test(arguments: [(404, "not_found", false), (503, "overloaded", true), (200, "upstream_incomplete", true)])
    func theServersFaultsAreErrors(status: Int, code: String, isError: Bool) {
        var failed = record()
        failed.status = status
        failed.errorCode = code
        #expect((spans(failed).first?.error != nil) == isError)
    }

    @Test func longNumbersAreStrings() throws {
        let json = try JSONValue(parsing: TraceSpan.export(spans(record()), service: "s", version: "1"))
        let resource = try #require(json["resourceSpans"]?.elements.first { _ in true })
        let scope = try #require(resource["scopeSpans"]?.elements.first { _ in true })
        let span = try #require(scope["spans"]?.elements.first { _ in true })
        #expect(span["startTimeUnixNano"]?.string == "1790000000000000000" && span["kind"]?.int == 2)
    }

    @Test func aFullBufferDropsAndCounts() {
        let buffer = TraceBuffer(ratio: 1, capacity: 2, seed: 1)
        buffer.offer([record("a"), record("b"), record("c")])
        #expect(buffer.dropped == 1)
        let taken = buffer.take(10)
        #expect(taken.map(\.requestID) == ["a", "b"])
        buffer.offer([record("d")])
        buffer.putBack(taken)
        #expect(buffer.take(10).map(\.requestID) == ["b", "d"] && buffer.dropped == 2)
    }

    @Test func theClientDecidesBeforeTheRatio() {
        var sampled = record("sampled")
        sampled.traceParent = Self.parent
        var unsampled = record("unsampled")
        unsampled.traceParent = Self.parent.dropLast() + "0"
        let none = TraceBuffer(ratio: 0, seed: 1)
        none.offer([record(), sampled, unsampled])
        #expect(none.take(10).map(\.requestID) == ["sampled"])
        let all = TraceBuffer(ratio: 1, seed: 1)
        all.offer([record(), unsampled])
        #expect(all.take(10).map(\.requestID) == ["r"])
    }
}
