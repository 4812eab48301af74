import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

/// Models of an Ollama server that refuse to be asked to think: they answer without.
@Suite struct RefusedThinkingTests {
    private static let refusal = #"{"error":"\"m\" does not support thinking"}"#
    private static let answer =
        #"{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"Hello"},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2}"#

    private func scenario(
        _ wish: String = #""thinking":{"type":"enabled","budget_tokens":3000},"#,
        from client: WireFormat = .anthropicMessages, replies: [ScriptedTransport.Reply]
    ) -> EngineScenario {
        EngineScenario(
            client: client, upstream: .ollama,
            body:
                #"{"model":"up/m",\#(wish)"stream":false,"max_tokens":5000,"messages":[{"role":"user","content":"hi"}]}"#,
            replies: replies)
    }

    @Test(arguments: [refusal, #"{"error":"think value \"high\" is not supported for this model"}"#])
    func theSecondTryDoesNotAsk(refusal: String) async throws {
        let result = try await scenario(replies: [.json(refusal, status: 400), .json(Self.answer)]).run()
        #expect(result.client.status == 200)
        #expect(result.sent.map { $0.contains(#""think":true"#) } == [true, false])
        #expect(result.sent.last?.contains("think") == false)
        #expect(result.client.header("x-omniroute-translation") == ["dropped=thinking;reason=unsupported"])
    }

    @Test func itIsTriedOnceOnly() async throws {
        let result = try await scenario(
            replies: [.json(Self.refusal, status: 400), .json(Self.refusal, status: 400)]
        ).run()
        #expect(result.client.status == 400)
        #expect(result.sent.count == 2)
    }

    @Test func otherRefusalsStand() async throws {
        let refusal = #"{"error":"\"m\" does not support tools"}"#
        let result = try await scenario(replies: [.json(refusal, status: 400)]).run()
        #expect(result.client.status == 400)
        #expect(result.sent.count == 1)
    }

    @Test func aStrictClientIsRefused() async throws {
        var strict = scenario(replies: [.json(Self.refusal, status: 400)])
        strict.isStrict = true
        let result = try await strict.run()
        #expect(result.client.status == 400)
        #expect(result.sent.count == 1)
    }

    @Test func ollamasOwnClientsGetTheServersWord() async throws {
        let result = try await scenario(
            #""think":true,"#, from: .ollama, replies: [.json(Self.refusal, status: 400)]
        ).run()
        #expect(result.client.status == 400)
        #expect(result.sent.count == 1)
    }
}
