import OmniJSON
import Testing

@testable import OmniTranslate

/// Complete chat answers as Anthropic clients see them.
@Suite struct ChatResponseTests {
    private typealias Response = ResponseTranslation

    @Test func theMinimalSampleIsAMessage() throws {
        let answer = try Response(StreamSample.json("response.minimal.json", of: .openAIChat), from: .openAIChat)
        #expect(
            answer.body.members.map(\.name.string) == [
                "id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage",
            ])
        #expect(answer.body["id"]?.string?.hasPrefix("msg_") == true && answer.body["type"]?.string == "message")
        #expect(answer.body["role"]?.string == "assistant" && answer.body["model"]?.string == "client/model")
        #expect(answer.body["content"]?.rawText == #"[{"type":"text","text":"Hi!"}]"#)
        #expect(answer.body["stop_reason"]?.string == "end_turn" && answer.body["stop_sequence"]?.isNull == true)
        #expect(answer.losses == [])
    }

    @Test func theRichSampleKeepsTextAndToolsAndReportsTheRest() throws {
        let answer = try Response(StreamSample.json("response.rich.json", of: .openAIChat), from: .openAIChat)
        #expect(
            answer.blocks.map(\.rawText) == [
                #"{"type":"text","text":"Let me check."}"#,
                #"{"type":"tool_use","id":"call_1","name":"get_weather","input":{"city":"Paris","unit":"c"}}"#,
                #"{"type":"tool_use","id":"call_3","name":"run_sql","input":{"input":"select 1"}}"#,
            ])
        #expect(answer.body["stop_reason"]?.string == "tool_use")
        #expect(answer.losses == ["choices", "logprobs", "annotations"])
        #expect(answer.usage?.totalInput == 120 && answer.usage?.reasoning == 40)
    }

    @Test("C131 no text block for empty or missing content", arguments: [#""""#, "null", "[]"])
    func c131(content: String) throws {
        let call = #"{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}"#
        let answer = try Response.chat(
            message: "{\"content\":\(content),\"tool_calls\":[\(call)]}", finish: "tool_calls")
        #expect(answer.blocks.map { $0["type"]?.string } == ["tool_use"])
        #expect(try Response.chat(message: "{\"content\":\(content)}").blocks.isEmpty)
    }

    struct Arguments: Sendable {
        let written: String
        let input: String
        var isLoss = false
    }

    @Test(
        "arguments become an object, or are kept as text and reported",
        arguments: [
            Arguments(written: #""{\"x\": 1.0, \"y\":[]}""#, input: #"{"x": 1.0, "y":[]}"#),
            Arguments(written: #""""#, input: "{}"),
            Arguments(written: #"" \n""#, input: "{}"), Arguments(written: #""null""#, input: "{}"),
            Arguments(written: #"" null\n""#, input: "{}"), Arguments(written: #""\u006eull""#, input: "{}"),
            Arguments(written: "null", input: "{}"),
            Arguments(written: #"{"x":1}"#, input: #"{"x":1}"#),
            Arguments(written: #""\"{\\\"x\\\":1}\"""#, input: #"{"x":1}"#),
            Arguments(written: #""{\"x\":""#, input: #"{"_raw":"{\"x\":"}"#, isLoss: true),
            Arguments(written: #""[1]""#, input: #"{"_raw":"[1]"}"#, isLoss: true),
            Arguments(written: "[1]", input: #"{"_raw":"[1]"}"#, isLoss: true),
            Arguments(written: #""plain \"words\"""#, input: #"{"_raw":"plain \"words\""}"#, isLoss: true),
        ])
    func argumentsBecomeAnObject(arguments: Arguments) throws {
        let call = #"{"id":"a","type":"function","function":{"name":"f","arguments":\#(arguments.written)}}"#
        let answer = try Response.chat(message: "{\"content\":null,\"tool_calls\":[\(call)]}", finish: "tool_calls")
        #expect(answer.blocks.first?["input"]?.rawText == arguments.input)
        #expect(answer.losses == (arguments.isLoss ? ["arguments"] : []))
    }

    @Test func callsWithoutIDGetStableOnesAndTheOldCallCounts() throws {
        let call = #"{"type":"function","function":{"name":"f","arguments":"{}"}}"#
        let ids = try (1...2).map { _ in
            try Response.chat(message: "{\"tool_calls\":[\(call),\(call)]}").blocks.compactMap { $0["id"]?.string }
        }
        #expect(ids[0] == ids[1] && Set(ids[0]).count == 2)
        let old = try Response.chat(
            message: #"{"content":null,"function_call":{"name":"f","arguments":"{\"x\":1}"}}"#, finish: "function_call")
        #expect(old.blocks.first?["input"]?.rawText == #"{"x":1}"# && old.body["stop_reason"]?.string == "tool_use")
    }

    @Test(arguments: [
        #"{"reasoning_content":"Hm","content":"Hi"}"#, #"{"reasoning":"Hm","content":"Hi"}"#,
        #"{"reasoning_details":[{"type":"reasoning.text","text":"H"},{"type":"reasoning.summary","summary":"m"}],"content":"Hi"}"#,
        #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},{"type":"text","text":"Hi"}]}"#,
    ])
    func reasoningIsAThinkingBlockBeforeTheText(message: String) throws {
        let answer = try Response.chat(message: message)
        #expect(answer.blocks.map { $0["type"]?.string } == ["thinking", "text"])
        #expect(answer.blocks.first?["thinking"]?.string == "Hm")
        // Anthropic's clients must find a signature; ours says whose it is, and no vendor ever sees it.
        let signature = try #require(answer.blocks.first?["signature"]?.text)
        let state = try #require(OpaqueStateEnvelope.unwrap(signature))
        #expect(state.origin == .openAIChat && state.provider == "acme" && state.payload.isEmpty)
    }

    @Test func ciphertextAloneIsRedactedThinkingInAnEnvelope() throws {
        let answer = try Response.chat(
            message: #"{"reasoning_details":[{"type":"reasoning.encrypted","data":"c\"","id":"r1"}],"content":"Hi"}"#)
        #expect(answer.blocks.map { $0["type"]?.string } == ["redacted_thinking", "text"])
        let state = try #require(answer.blocks.first?["data"]?.text.flatMap(OpaqueStateEnvelope.unwrap))
        #expect(state.kind == .encrypted && state.itemID == "r1" && state.model == "upstream-model")
        #expect(state.payload.string == #"{"type":"reasoning.encrypted","data":"c\"","id":"r1"}"#)
    }

    @Test("C171 a refusal is text and the stop reason refusal")
    func c171() throws {
        let answer = try Response.chat(message: #"{"content":null,"refusal":"No."}"#)
        #expect(answer.body["content"]?.rawText == #"[{"type":"text","text":"No."}]"#)
        #expect(answer.body["stop_reason"]?.string == "refusal")
        let filtered = try Response.chat(message: #"{"content":null}"#, finish: "content_filter")
        #expect(filtered.body["content"]?.rawText == "[]" && filtered.body["stop_reason"]?.string == "refusal")
    }

    @Test func partsNobodyKnowsAreReportedNotLost() throws {
        let answer = try Response.chat(
            message:
                #"{"content":[{"type":"hologram","x":1},{"type":"text","text":"Hi"}],"audio":{"id":"a"},"images":[{}]}"#
        )
        #expect(answer.blocks.map { $0["text"]?.string } == ["Hi"])
        #expect(answer.losses == ["hologram", "audio", "images"])
    }

    @Test("C092 of several choices the first is written, wherever it stands")
    func c092() throws {
        let answer = try Response(
            #"{"choices":[{"index":1,"message":{"content":"b"},"finish_reason":"length"},{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
            from: .openAIChat)
        #expect(answer.blocks.map { $0["text"]?.string } == ["a"] && answer.body["stop_reason"]?.string == "end_turn")
        #expect(answer.losses == ["choices"])
    }

    @Test func escapesAndNumbersSurvive() throws {
        let call =
            #"{"id":"a","function":{"name":"f","arguments":"{\"n\":1.0,\"b\":12345678901234567890,\"s\":\"\\u00e9\\/\"}"}}"#
        let answer = try Response.chat(message: #"{"content":"\u00e9\ud83d\ude00\/é","tool_calls":[\#(call)]}"#)
        #expect(answer.blocks.first?["text"]?.rawText == #""\u00e9\ud83d\ude00\/é""#)
        #expect(answer.blocks.last?["input"]?.rawText == #"{"n":1.0,"b":12345678901234567890,"s":"\u00e9\/"}"#)
    }

    @Test func renamedToolsGetTheirOwnNamesBack() throws {
        var context = TranslationContext.sample()
        context.renamedTools = ["f_1": "my.tool"]
        let message = #"{"tool_calls":[{"id":"a","function":{"name":"f_1","arguments":"{}"}}]}"#
        #expect(try Response.chat(message: message, context: context).blocks.first?["name"]?.string == "my.tool")
    }

    @Test(arguments: [
        "[]", "1", #"{"choices":[]}"#, #"{"choices":null}"#, #"{"id":"x"}"#, #"{"error":{"message":"boom"}}"#,
        #"{"error":"boom"}"#,
        #"{"object":"error","message":"boom"}"#,
    ])
    func whatIsNoAnswerIsRefused(answer: String) throws {
        #expect { try Response(answer, from: .openAIChat) } throws: {
            ($0 as? TranslationError)?.code == .malformedAnswer
        }
    }
}
