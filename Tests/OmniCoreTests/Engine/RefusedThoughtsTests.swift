import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

/// Claude's signatures that another Claude refuses: the conversation goes on without the thoughts.
@Suite struct RefusedThoughtsTests {
    private static let refusal =
        #"{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}"#

    private func scenario(
        _ messages: String, thinking: String = "", replies: [ScriptedTransport.Reply]
    ) -> EngineScenario {
        EngineScenario(
            client: .anthropicMessages, upstream: .anthropicMessages,
            body: #"{"model":"up/m","max_tokens":5000,\#(thinking)"messages":[\#(messages)]}"#, replies: replies)
    }

    private static let thought = #"{"type":"thinking","thinking":"Hm.","signature":"Eabc"}"#
    private static let turn =
        #"{"role":"user","content":"hi"},{"role":"assistant","content":[\#(thought),{"type":"text","text":"Hello"}]},{"role":"user","content":"more"}"#

    @Test("C102 the second try is really another") func theSecondTryIsReallyAnother() async throws {
        let result = try await scenario(
            Self.turn, replies: [.json(Self.refusal, status: 400), .json(EngineSamples.messagesAnswer)]
        ).run()
        #expect(result.client.status == 200)
        #expect(result.sent.count == 2)
        #expect(result.sent[0].contains("thinking"))
        #expect(!result.sent[1].contains("thinking"))
        #expect(result.sent[1].contains(#"[{"type":"text","text":"Hello"}]"#))
        #expect(result.client.header("x-omniroute-translation") == ["dropped=thinking;reason=refused"])
    }

    @Test func itIsTriedOnceOnly() async throws {
        let result = try await scenario(
            Self.turn, replies: [.json(Self.refusal, status: 400), .json(Self.refusal, status: 400)]
        ).run()
        #expect(result.client.status == 400)
        #expect(result.sent.count == 2)
    }

    @Test func withoutThoughtsThereIsNothingToTry() async throws {
        let result = try await scenario(
            #"{"role":"user","content":"hi"}"#, replies: [.json(Self.refusal, status: 400)]
        ).run()
        #expect(result.client.status == 400)
        #expect(result.sent.count == 1)
    }

    @Test func otherRefusalsStand() async throws {
        let refusal =
            #"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: too large"}}"#
        let result = try await scenario(Self.turn, replies: [.json(refusal, status: 400)]).run()
        #expect(result.client.status == 400)
        #expect(result.sent.count == 1)
    }

    @Test func aToolLoopGoesOnWithoutABudget() async throws {
        let loop =
            #"{"role":"user","content":"hi"},{"role":"assistant","content":[\#(Self.thought),{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"1"}]}"#
        let result = try await scenario(
            loop, thinking: #""thinking":{"type":"enabled","budget_tokens":2000},"#,
            replies: [.json(Self.refusal, status: 400), .json(EngineSamples.messagesAnswer)]
        ).run()
        let sent = try JSONValue(parsing: Array(try #require(result.sent.last).utf8))
        #expect(sent["thinking"]?["type"]?.string == "disabled")
        #expect(
            sent["messages"]?.elements.map { $0["content"]?.elements.map { $0["type"]?.string } ?? [] }[1] == [
                "tool_use"
            ])
    }

    @Test func thoughtsOfATranslatedConversationAreForgottenToo() async throws {
        let envelope = OpaqueStateEnvelope.wrap(
            OpaqueState(
                kind: .signature, origin: .anthropicMessages, provider: "node-up", model: "m", payload: "Eabc"))
        let body =
            #"{"model":"up/m","store":false,"input":[{"role":"user","content":"hi"},{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"\#(envelope.string)"},{"role":"assistant","content":"Hello"},{"role":"user","content":"more"}]}"#
        let result = try await EngineScenario(
            client: .openAIResponses, upstream: .anthropicMessages, body: body,
            replies: [.json(Self.refusal, status: 400), .json(EngineSamples.messagesAnswer)]
        ).run()
        #expect(result.client.status == 200)
        #expect(result.sent.count == 2)
        #expect(result.sent[0].contains("Eabc"))
        #expect(!result.sent[1].contains("Eabc"))
    }
}
