import Foundation
import OmniCore
import Testing

@testable import OmniStore

@Suite struct IdempotencyStoreTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func answer(_ number: UInt8, at time: Int64) -> IdempotentAnswer {
        var record = UsageRecord(requestID: "", startedAt: 0)
        record.provider = "openai"
        record.connectionID = ConnectionID("c\(number)")
        record.requestedModel = "alias\u{7}"
        record.servedModel = "gpt"
        record.clientFormat = "anthropic"
        record.upstreamFormat = "openai-chat"
        record.path = "/v1/messages"
        record.combo = "chain"
        record.isStreaming = true
        record.savedCost = NanoDollars(1_234_567_890_123)
        return IdempotentAnswer(
            key: IdempotencyKey(digest: [number]), bodyDigest: [9, number], completedAt: time, status: 200,
            headers: [.init(name: "content-type", value: "text/event-stream"), .init(name: "x-a", value: "\"b\"")],
            isStream: true, bytes: Array("the secret answer \(number)".utf8), record: record)
    }

    @Test func answersSurviveInOrder() async throws {
        let answers = [answer(1, at: 30), answer(2, at: 10), answer(3, at: 20)]
        try await folder.store(exclusive: false).idempotency.saveIdempotentAnswers(answers)
        let store = try folder.store(exclusive: false).idempotency
        #expect(try await store.idempotentAnswers(completedAfter: 0) == [answers[1], answers[2], answers[0]])
        #expect(try await store.idempotentAnswers(completedAfter: 20) == [answers[0]])
        try await store.removeIdempotentAnswers(completedUntil: 20)
        #expect(try await store.idempotentAnswers(completedAfter: 0) == [answers[0]])
    }

    @Test func theLaterAnswerOfAKeyCounts() async throws {
        let store = try folder.store().idempotency
        var later = answer(1, at: 40)
        later.bytes = []
        try await store.saveIdempotentAnswers([answer(1, at: 30), later])
        #expect(try await store.idempotentAnswers(completedAfter: 0) == [later])
    }

    @Test func whatModelsSaidIsEncrypted() async throws {
        let store = try folder.store()
        try await store.idempotency.saveIdempotentAnswers([answer(1, at: 30)])
        #expect(try folder.everything().range(of: Data("secret answer".utf8)) == nil)
    }
}
