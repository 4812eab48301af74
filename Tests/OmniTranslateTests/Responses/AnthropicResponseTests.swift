import OmniJSON
import Testing

@testable import OmniTranslate

/// Complete Anthropic messages as chat clients see them.
@Suite struct AnthropicResponseTests {
    private typealias Response = ResponseTranslation

    @Test func theMinimalSampleIsACompletion() throws {
        let answer = try Response(
            StreamSample.json("response.minimal.json", of: .anthropicMessages), from: .anthropicMessages)
        #expect(answer.body.members.map(\.name.string) == ["id", "object", "created", "model", "choices", "usage"])
        #expect(
            answer.body["id"]?.string?.hasPrefix("chatcmpl-") == true
                && answer.body["object"]?.string == "chat.completion")
        #expect(answer.body["model"]?.string == "client/model" && answer.body["created"]?.int == 1_790_000_100)
        #expect(answer.message?.rawText == #"{"role":"assistant","content":"Hi!","refusal":null}"#)
        #expect(answer.choice?["finish_reason"]?.string == "stop" && answer.choice?["logprobs"]?.isNull == true)
        #expect(answer.choice?["index"]?.int == 0 && answer.losses == [])
    }

    @Test func theRichSampleKeepsTextToolsThinkingAndWebCitations() throws {
        let answer = try Response(
            StreamSample.json("response.rich.json", of: .anthropicMessages), from: .anthropicMessages)
        let message = try #require(answer.message)
        #expect(
            message["content"]?.string == "Let me check." && message["reasoning_content"]?.string == "Look up Paris.")
        let call = try #require(message["tool_calls"]?.elements.first { _ in true })
        #expect(call["id"]?.string == "toolu_1" && call["type"]?.string == "function")
        #expect(call["function"]?["name"]?.string == "get_weather")
        let arguments = try JSONValue(parsing: Array((call["function"]?["arguments"]?.string ?? "").utf8))
        #expect(arguments["city"]?.string == "Paris" && arguments["unit"]?.string == "c")
        let citation = try #require(message["annotations"]?.elements.first { _ in true }?["url_citation"])
        #expect(
            citation["start_index"]?.int == 0 && citation["end_index"]?.int == 13
                && citation["url"]?.string == "https://example.com")
        #expect(answer.body["service_tier"]?.string == "default")
        #expect(answer.choice?["finish_reason"]?.string == "tool_calls")
        #expect(answer.losses == ["server_tool_use", "web_search_tool_result"])
    }

    @Test("C171 a refusal without content is a content filter with a valid empty message")
    func c171() throws {
        let answer = try Response(
            StreamSample.json("response.refusal.json", of: .anthropicMessages), from: .anthropicMessages)
        #expect(answer.message?.rawText == #"{"role":"assistant","content":"","refusal":null}"#)
        #expect(answer.choice?["finish_reason"]?.string == "content_filter")
    }

    @Test func textBlocksAreJoinedAndContentIsNullBesideToolsOnly() throws {
        let texts = #"[{"type":"text","text":"a"},{"type":"text","text":""},{"type":"text","text":"b"}]"#
        #expect(try Response.anthropic(content: texts).message?["content"]?.string == "ab")
        let tool = #"[{"type":"tool_use","id":"t","name":"f","input":{}}]"#
        #expect(try Response.anthropic(content: tool, stop: "tool_use").message?["content"]?.isNull == true)
    }

    @Test func argumentsAreTheInputsTextVerbatim() throws {
        let tool =
            #"[{"type":"tool_use","id":"t","name":"f","input":{ "n" : 1.0, "s":"\u00e9\"" }},{"type":"tool_use","id":"u","name":"g","input":null},{"type":"tool_use","id":"v","name":"h","input":{}}]"#
        let calls = try Response.anthropic(content: tool, stop: "tool_use").message?["tool_calls"]?.elements.map {
            $0["function"]?["arguments"]?.string
        }
        #expect(calls == [#"{ "n" : 1.0, "s":"\u00e9\"" }"#, "{}", "{}"])
    }

    @Test func thinkingIsReasoningContentUnlessHidden() throws {
        let content =
            #"[{"type":"thinking","thinking":"a","signature":"s"},{"type":"redacted_thinking","data":"SECRET"},{"type":"thinking","thinking":"b","signature":""},{"type":"text","text":"Hi"}]"#
        let shown = try Response.anthropic(content: content)
        #expect(shown.message?["reasoning_content"]?.string == "ab" && shown.losses == ["signature"])
        #expect(!shown.body.rawText.contains("SECRET"))
        let hidden = try Response.anthropic(content: content, context: .sample(showsReasoning: false))
        #expect(hidden.message?["reasoning_content"] == nil && hidden.message?["content"]?.string == "Hi")
    }

    @Test func citationsPointAtCharactersOfTheWholeContent() throws {
        let web = #"{"type":"web_search_result_location","url":"u","title":null}"#
        let content =
            #"[{"type":"text","text":"é\ud83d\ude00"},{"type":"text","text":"abc","citations":[\#(web),{"type":"page_location","document_index":0}]},{"type":"text","text":"x","citations":[\#(web)]}]"#
        let answer = try Response.anthropic(content: content)
        let ranges = answer.message?["annotations"]?.elements.map {
            [$0["url_citation"]?["start_index"]?.int, $0["url_citation"]?["end_index"]?.int]
        }
        #expect(ranges == [[2, 5], [5, 6]])
        #expect(answer.losses == ["citations"])
    }

    @Test(arguments: ["server_tool_use", "web_search_tool_result", "mcp_tool_use", "container_upload", "brand_new"])
    func blocksWithoutACounterpartAreReportedNotLost(type: String) throws {
        let answer = try Response.anthropic(content: #"[{"type":"\#(type)","id":"x"},{"type":"text","text":"Hi"}]"#)
        #expect(answer.message?["content"]?.string == "Hi" && answer.losses == [type])
    }

    @Test func pausesAreReported() throws {
        let answer = try Response.anthropic(content: "[]", stop: "pause_turn")
        #expect(answer.choice?["finish_reason"]?.string == "stop" && answer.losses == ["pause_turn"])
    }

    @Test(arguments: [
        "[]", "null", #"{"id":"x"}"#, #"{"content":null}"#, #"{"content":"text"}"#,
        #"{"type":"error","error":{"type":"api_error","message":"x"}}"#,
        #"{"error":{"message":"boom"}}"#,
    ])
    func whatIsNoAnswerIsRefused(answer: String) throws {
        #expect { try Response(answer, from: .anthropicMessages) } throws: {
            ($0 as? TranslationError)?.code == .malformedAnswer
        }
    }
}
