import OmniJSON
import Testing

@testable import OmniTranslate

/// Usage, finish reasons, errors and complete answers of Gemini.
@Suite struct GeminiAnswerTests {
    private func usage(_ json: String) throws -> Usage? {
        GeminiUsage.decode(try JSONValue(parsing: Array(json.utf8)))
    }

    @Test("A.8 C169 the prompt includes the cache, the candidates exclude thoughts")
    func usageFromGemini() throws {
        let usage = try #require(
            try usage(
                #"{"promptTokenCount":120,"candidatesTokenCount":20,"thoughtsTokenCount":40,"cachedContentTokenCount":64,"toolUsePromptTokenCount":5,"totalTokenCount":185}"#
            ))
        #expect(usage.input == 61 && usage.cacheRead == 64 && usage.output == 20 && usage.reasoning == 40)
        #expect(usage.totalInput + usage.totalOutput == 185)
        var writer = JSONWriter()
        OpenAIChatUsage.write(usage, into: &writer)
        #expect(try JSONValue(parsing: writer.bytes)["completion_tokens"]?.int == 60)
    }

    @Test func usageTowardsGemini() throws {
        var usage = Usage()
        usage.input = 1
        usage.cacheRead = 2
        usage.cacheWrite = 4
        usage.output = 8
        usage.reasoning = 16
        var writer = JSONWriter()
        GeminiUsage.write(usage, into: &writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"promptTokenCount":7,"candidatesTokenCount":8,"thoughtsTokenCount":16,"cachedContentTokenCount":2,"totalTokenCount":31}"#
        )
    }

    @Test(
        "counts that are absent, impossible or none at all",
        arguments: [
            (#"{"promptTokenCount":3}"#, 3, 0), (#"{"promptTokenCount":2,"cachedContentTokenCount":9}"#, 2, 0),
            (#"{"promptTokenCount":-1,"candidatesTokenCount":5}"#, 0, 5),
        ])
    func oddUsage(json: String, input: Int, output: Int) throws {
        let usage = try #require(try usage(json))
        #expect(usage.totalInput == input && usage.totalOutput == output && usage.input >= 0)
        #expect(try self.usage(#"{"totalTokenCount":9}"#) == nil)
    }

    @Test(
        "A.7 every finish reason",
        arguments: [
            ("STOP", "stop", "end_turn"), ("MAX_TOKENS", "length", "max_tokens"),
            ("SAFETY", "content_filter", "refusal"), ("RECITATION", "content_filter", "refusal"),
            ("LANGUAGE", "content_filter", "refusal"), ("BLOCKLIST", "content_filter", "refusal"),
            ("PROHIBITED_CONTENT", "content_filter", "refusal"), ("SPII", "content_filter", "refusal"),
            ("IMAGE_SAFETY", "content_filter", "refusal"), ("MODEL_ARMOR", "content_filter", "refusal"),
            ("ESCALATION", "content_filter", "refusal"), ("CONTINUATION", "stop", "pause_turn"),
            ("MALFORMED_FUNCTION_CALL", "stop", "end_turn"), ("UNEXPECTED_TOOL_CALL", "stop", "end_turn"),
            ("OTHER", "stop", "end_turn"), ("BRAND_NEW", "stop", "end_turn"),
        ])
    func finishes(reason: String, chat: String, anthropic: String) throws {
        let body = try JSONValue(
            parsing: Array(
                #"{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"\#(reason)"}]}"#.utf8))
        func translated(_ client: WireFormat) throws -> JSONValue {
            try JSONValue(
                parsing: Translator.translateResponse(body, from: .gemini, to: client, context: .sample()).body)
        }
        #expect(try translated(.openAIChat).value(at: "choices.0.finish_reason")?.string == chat)
        #expect(try translated(.anthropicMessages)["stop_reason"]?.string == anthropic)
    }

    @Test(
        "A.7 towards Gemini",
        arguments: [
            ("end_turn", "STOP"), ("stop_sequence", "STOP"), ("tool_use", "STOP"), ("max_tokens", "MAX_TOKENS"),
            ("model_context_window_exceeded", "MAX_TOKENS"), ("refusal", "SAFETY"), ("pause_turn", "CONTINUATION"),
        ])
    func finishTowardsGemini(reason: String, expected: String) throws {
        let body = #"{"content":[{"type":"text","text":"x"}],"stop_reason":"\#(reason)"}"#
        let answer = try Translator.translateResponse(
            JSONValue(parsing: Array(body.utf8)), from: .anthropicMessages, to: .gemini, context: .sample())
        #expect(try JSONValue(parsing: answer.body).value(at: "candidates.0.finishReason")?.string == expected)
    }

    @Test(
        "C173 C172 answers that are none",
        arguments: [
            #"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#, #"{"candidates":[]}"#, "{}", "[]", "1",
            #"{"error":{"code":500,"message":"x","status":"INTERNAL"}}"#,
        ])
    func noAnswers(body: String) throws {
        let body = try JSONValue(parsing: Array(body.utf8))
        let error = #expect(throws: TranslationError.self) {
            try Translator.translateResponse(body, from: .gemini, to: .openAIChat, context: .sample())
        }
        #expect(error?.code == .malformedAnswer)
    }

    @Test(
        "C171 a candidate without content is an empty answer",
        arguments: [
            #"{"finishReason":"SAFETY"}"#, #"{"content":{},"finishReason":"SAFETY"}"#,
            #"{"content":{"parts":[{}]},"finishReason":"SAFETY"}"#,
        ])
    func emptyContent(candidate: String) throws {
        let answer = try Translator.translateResponse(
            JSONValue(parsing: Array(#"{"candidates":[\#(candidate)]}"#.utf8)), from: .gemini, to: .openAIChat,
            context: .sample())
        let choice = try JSONValue(parsing: answer.body).value(at: "choices.0")
        #expect(choice?.value(at: "message.content")?.string == "")
        #expect(choice?["finish_reason"]?.string == "content_filter")
    }

    @Test("a picture goes to a Gemini client as it came, and is reported to others")
    func pictures() throws {
        let body = try JSONValue(
            parsing: Array(
                #"{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},"finishReason":"STOP"}]}"#
                    .utf8))
        let own = try Translator.translateResponse(body, from: .gemini, to: .gemini, context: .sample())
        #expect(
            try JSONValue(parsing: own.body).value(at: "candidates.0.content.parts.0")?.rawText
                == #"{"inlineData":{"mimeType":"image/png","data":"AAAA"}}"#)
        let other = try Translator.translateResponse(body, from: .gemini, to: .anthropicMessages, context: .sample())
        #expect(other.report.losses.map(\.field).contains("media"))
    }

    @Test("Gemini to Gemini keeps parts, signatures and code")
    func roundTrip() throws {
        let body = try StreamSample.json("response.rich.json", of: .gemini)
        let answer = try Translator.translateResponse(body, from: .gemini, to: .gemini, context: .sample())
        let parts = try #require(try JSONValue(parsing: answer.body).value(at: "candidates.0.content.parts"))
        let original = try #require(body.value(at: "candidates.0.content.parts"))
        #expect(
            parts.elements.map { $0.members.map(\.name.string) }
                == original.elements.map { $0.members.map(\.name.string) })
        #expect(parts.value(at: "4.thoughtSignature")?.string == "c2lnbmF0dXJlLWJ5dGVz")
        #expect(answer.report.losses.isEmpty)
    }

    // MARK: Errors

    @Test(
        "A.4.7 errors, bare and in an array (C086)",
        arguments: [
            (400, "INVALID_ARGUMENT", UpstreamFault.Kind.invalidRequest), (403, "PERMISSION_DENIED", .permission),
            (404, "NOT_FOUND", .notFound), (429, "RESOURCE_EXHAUSTED", .rateLimit), (500, "INTERNAL", .upstream),
            (503, "UNAVAILABLE", .overloaded), (504, "DEADLINE_EXCEEDED", .timeout),
        ], [false, true])
    func errors(error: (Int, String, UpstreamFault.Kind), isArray: Bool) throws {
        let body = #"{"error":{"code":\#(error.0),"message":"Words.","status":"\#(error.1)"}}"#
        let fault = FaultCodec.decode(status: error.0, body: Array((isArray ? "[\(body)]" : body).utf8), from: .gemini)
        #expect(fault.kind == error.2 && fault.status == error.0 && fault.message == "Words.")
        let bare = #"{"error":{"message":"Words.","status":"\#(error.1)"}}"#
        let inside = GeminiErrors.decode(try JSONValue(parsing: Array(bare.utf8)), status: nil)
        #expect(inside?.kind == error.2)
    }

    @Test("a bad key is no fault of the request; the field at fault is named")
    func details() throws {
        let key =
            #"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#
        #expect(FaultCodec.decode(status: 400, body: Array(key.utf8), from: .gemini).kind == .authentication)
        let sample = try StreamSample.bytes("error.json", of: .gemini)
        #expect(FaultCodec.decode(status: 400, body: sample, from: .gemini).parameter == "tools[0]")
        let full =
            #"{"error":{"code":400,"message":"The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#
        #expect(FaultCodec.decode(status: 400, body: Array(full.utf8), from: .gemini).kind == .contextLength)
    }
}
