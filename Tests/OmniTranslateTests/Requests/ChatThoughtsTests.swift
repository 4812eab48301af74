import OmniJSON
import Testing

@testable import OmniTranslate

@Suite("Reasoning state in the care of a Chat client") struct ChatThoughtsTests {
    private static let context = TranslationContext.sample()

    /// What a Chat client would put back into its history, asked of Claude.
    private func replayed(_ message: JSONValue, model: String = "upstream-model") throws -> String {
        let request = try Translator.decodeRequest(
            JSONValue(
                parsing: Array(
                    #"{"model":"m","messages":[{"role":"user","content":"Hi"},\#(message.rawText),{"role":"tool","tool_call_id":"t1","content":"1"}]}"#
                        .utf8)), from: .openAIChat)
        var context = Self.context
        context.model = model
        let body = try JSONValue(
            parsing: Translator.encodeRequest(request, to: .anthropicMessages, context: context).body)
        return try #require(body["messages"]?.elements.dropFirst().first { _ in true }?["content"]).rawText
    }

    @Test func everyThoughtComesBackWithItsOwnWordsAndSignature() throws {
        let answer = try ResponseTranslation.anthropic(
            content:
                #"[{"type":"thinking","thinking":"One.","signature":"EqA="},{"type":"redacted_thinking","data":"EqB="},{"type":"text","text":"Look:"},{"type":"tool_use","id":"t1","name":"f","input":{}},{"type":"thinking","thinking":"Two.","signature":"EqC="},{"type":"tool_use","id":"t2","name":"g","input":{}}]"#,
            stop: "tool_use")
        #expect(answer.losses.isEmpty)
        let turn = try replayed(try #require(answer.message))
        #expect(
            turn
                == #"[{"type":"thinking","thinking":"One.","signature":"EqA="},{"type":"redacted_thinking","data":"EqB="},{"type":"text","text":"Look:"},{"type":"tool_use","id":"t1","name":"f","input":{}},{"type":"thinking","thinking":"Two.","signature":"EqC="},{"type":"tool_use","id":"t2","name":"g","input":{}}]"#
        )
        #expect(try !replayed(try #require(answer.message), model: "another-model").contains("EqA="))
    }

    @Test func aStreamSaysItOnceWithTheCall() throws {
        let stream = try StreamSample.bytes("stream.rich.sse", of: .anthropicMessages)
        let run = StreamRun.translating(stream, from: .anthropicMessages)
        let carriers = run.events(named: "").compactMap { chunk in
            chunk["choices"]?.elements.first { _ in true }?["delta"]?["tool_calls"]?.elements.first { _ in true }
        }.filter { $0["extra_content"] != nil }
        let call = try #require(carriers.first)
        #expect(carriers.count == 1 && call["id"] != nil)
        let thoughts = OpenAIChatThoughts.read(call)
        #expect(thoughts.first?.text.isEmpty == false && thoughts.first?.state?.origin == .anthropicMessages)
    }

    @Test func stateThatNoCallFollowsIsReported() throws {
        let answer = try ResponseTranslation.anthropic(
            content: #"[{"type":"thinking","thinking":"x","signature":"EqA="},{"type":"text","text":"Hi"}]"#)
        #expect(answer.losses == ["signature"])
        #expect(answer.message?["reasoning_content"]?.string == "x")
    }

    @Test func googlesOwnMemberIsASignatureOfTheCall() throws {
        let call = try JSONValue(
            parsing: Array(#"{"id":"c1","extra_content":{"google":{"thought_signature":"abc="}}}"#.utf8))
        let state = try #require(OpenAIChatThoughts.read(call).first?.state)
        #expect(state.origin == .gemini && state.itemID == "c1" && state.payload == "abc=")
    }

    @Test(arguments: [
        "{}", #"{"extra_content":{"omniroute":{"thoughts":"x"}}}"#,
        #"{"extra_content":{"omniroute":{"thoughts":[{"state":"rtr1.!!"},{"state":"EqA="},7]}}}"#,
    ])
    func whatIsNotOursIsNoThought(call: String) throws {
        #expect(OpenAIChatThoughts.read(try JSONValue(parsing: Array(call.utf8))).isEmpty)
    }

    @Test func aVendorNeverSeesOurMemberAndEveryOtherByteStays() throws {
        let ours = #""omniroute":{"thoughts":[{"text":"x","state":"rtr1.abc"}]}"#
        func body(_ extra: String, _ other: String) -> String {
            #"{"messages":[ {"role":"assistant","tool_calls":[{"id":"a","n":1.0\#(extra)}, {"id": "b"\#(other)}]}]}"#
        }
        let before = body(#","extra_content":{\#(ours)}"#, #","extra_content":{"google":{"s":1.0},\#(ours)}"#)
        let value = try JSONValue(parsing: Array(before.utf8))
        var patch = JSONPatch(value)
        EnvelopeRemoval.removeFromChat(value, patch: &patch)
        let after = String(decoding: patch.applied(), as: UTF8.self)
        #expect(
            after
                == #"{"messages":[ {"role":"assistant","tool_calls":[{"id":"a","n":1.0}, {"id":"b","extra_content":{"google":{"s":1.0}}}]}]}"#
        )
    }
}
