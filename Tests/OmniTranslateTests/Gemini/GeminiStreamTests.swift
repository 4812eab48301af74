import OmniJSON
import Testing

@testable import OmniTranslate

/// What a Gemini upstream's stream means, and what a Gemini client gets.
@Suite struct GeminiStreamTests {
    /// A stream of chunks with one candidate each: its parts, and its finish reason when given.
    static func stream(_ chunks: [(parts: String, finish: String?)], usage: String? = nil) -> String {
        chunks.map { chunk in
            let finish = chunk.finish.map { #","finishReason":"\#($0)""# } ?? ""
            let counts = usage.map { #","usageMetadata":\#($0)"# } ?? ""
            return
                #"data: {"candidates":[{"index":0,"content":{"role":"model","parts":[\#(chunk.parts)]}\#(finish)}],"responseId":"r1"\#(counts)}"#
                + "\n\n"
        }.joined()
    }

    private func chat(_ input: String, context: TranslationContext = .sample()) -> GeminiStreamRun {
        GeminiStreamRun(Array(input.utf8), from: .gemini, to: .openAIChat, context: context)
    }

    private func anthropic(_ input: String) -> GeminiStreamRun {
        GeminiStreamRun(Array(input.utf8), from: .gemini, to: .anthropicMessages, context: .sample())
    }

    private func call(_ name: String, _ arguments: String = "{}") -> String {
        #"{"functionCall":{"name":"\#(name)","args":\#(arguments)}}"#
    }

    private func toolDeltas(_ run: GeminiStreamRun) -> [JSONValue] {
        run.events.compactMap { try? JSONValue(parsing: Array($0.data.utf8)) }
            .compactMap { $0.value(at: "choices.0.delta.tool_calls.0") }
    }

    @Test("C062 C063 parallel calls, one per chunk and of one name, keep their own index and id")
    func parallelCalls() {
        let run = chat(
            Self.stream([(call("f"), nil), (call("f"), nil), (call("g", #"{"a":1}"#), nil), ("", "STOP")]))
        let starts = toolDeltas(run).filter { $0["id"] != nil }
        #expect(starts.compactMap { $0["index"]?.int } == [0, 1, 2])
        #expect(Set(starts.compactMap { $0["id"]?.string }).count == 3)
        #expect(starts.compactMap { $0.value(at: "function.name")?.string } == ["f", "f", "g"])
        #expect(run.text.contains(#""finish_reason":"tool_calls""#))
    }

    @Test("generated ids are the same with and without streaming")
    func stableIDs() throws {
        let run = chat(Self.stream([(call("f"), nil), (call("f"), "STOP")]))
        let answer = try Translator.translateResponse(
            JSONValue(
                parsing: Array(
                    #"{"candidates":[{"index":0,"content":{"parts":[\#(call("f")),\#(call("f"))]},"finishReason":"STOP"}],"responseId":"r1"}"#
                        .utf8)), from: .gemini, to: .openAIChat, context: .sample())
        let calls = try JSONValue(parsing: answer.body).value(at: "choices.0.message.tool_calls")
        let ids = calls?.elements.compactMap { $0["id"]?.string }
        #expect(ids == toolDeltas(run).compactMap { $0["id"]?.string })
        #expect(ids?.count == 2)
    }

    @Test("C053 STOP with a call is a tool turn", arguments: [WireFormat.openAIChat, .anthropicMessages])
    func toolFinish(client: WireFormat) {
        let run = GeminiStreamRun(
            Array(Self.stream([(call("f"), nil), (#"{"text":""}"#, "STOP")]).utf8), from: .gemini, to: client)
        #expect(
            run.text.contains(client == .openAIChat ? #""finish_reason":"tool_calls""# : #""stop_reason":"tool_use""#))
        #expect(run.progress.isComplete)
    }

    @Test("C083 chunks without candidates, without parts, with only usage")
    func bareChunks() {
        let input =
            #"data: {"responseId":"r1"}"# + "\n\n" + #"data: {"candidates":[{"index":0}]}"# + "\n\n"
            + #"data: {"candidates":[{"content":{}}]}"# + "\n\n" + Self.stream([(#"{"text":"a"}"#, "STOP")])
            + #"data: {"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}"# + "\n\n"
        let run = chat(input)
        #expect(run.progress.isComplete && run.usage?.totalInput == 3 && run.usage?.output == 4)
        #expect(run.text.contains(#""content":"a""#))
    }

    @Test("C084 a final empty text with a signature keeps the signature and shows no text")
    func signatureOnEmptyText() {
        let run = anthropic(
            Self.stream([(#"{"text":"Hi"}"#, nil), (#"{"text":"","thoughtSignature":"c2ln"}"#, "STOP")]))
        let starts = run.events.filter { $0.name == "content_block_start" }
        #expect(starts.count == 2)
        #expect(starts.last?.data.contains(#""type":"thinking""#) == true)
        let signature = run.events.compactMap { try? JSONValue(parsing: Array($0.data.utf8)) }
            .compactMap { $0.value(at: "delta.signature")?.text }.first
        let state = signature.flatMap(OpaqueStateEnvelope.unwrap)
        #expect(state?.payload.string == "c2ln" && state?.origin == .gemini && state?.itemID?.string == "text")
    }

    @Test("C051 C091 thoughts, text and thoughts again are blocks of their own")
    func interleaved() {
        let run = anthropic(
            Self.stream([
                (#"{"text":"a","thought":true}"#, nil), (#"{"text":"b","thought":true}"#, nil), (#"{"text":"c"}"#, nil),
                (#"{"text":"d","thought":true}"#, "STOP"),
            ]))
        let kinds = run.events.filter { $0.name == "content_block_start" }
            .compactMap { try? JSONValue(parsing: Array($0.data.utf8)) }
            .compactMap { $0.value(at: "content_block.type")?.string }
        #expect(kinds == ["thinking", "text", "thinking"])
    }

    @Test("C173 a call that could not be written, and nothing else, is an error before the first byte")
    func malformedCall() {
        let run = chat(Self.stream([("", "MALFORMED_FUNCTION_CALL")]))
        #expect(run.progress.failure?.kind == .upstream && !run.progress.isMeaningful && !run.text.contains("DONE"))
        let after = chat(Self.stream([(#"{"text":"a"}"#, "MALFORMED_FUNCTION_CALL")]))
        #expect(after.progress.isComplete && after.losses.contains("finish_reason:malformed_tool"))
    }

    @Test("C172 a blocked prompt is an answer that was filtered")
    func blockedPrompt() throws {
        let body = try StreamSample.bytes("response.blocked.json", of: .gemini)
        let line = String(decoding: body, as: UTF8.self).replacing("\n", with: " ")
        let run = chat("data: \(line)\n\n")
        #expect(run.progress.isComplete && run.text.contains(#""finish_reason":"content_filter""#))
    }

    @Test("C078 C086 an error inside the stream, as an object and in an array", arguments: [false, true])
    func errors(isArray: Bool) {
        let error = #"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#
        let run = chat(
            Self.stream([(#"{"text":"a"}"#, nil)]) + "data: " + (isArray ? "[\(error)]" : error) + "\n\n")
        #expect(run.progress.failure?.kind == .overloaded)
        #expect(run.progress.failure?.message == "The model is overloaded.")
        #expect(run.events.last?.data.contains(#""error""#) == true && !run.text.contains("[DONE]"))
    }

    @Test("several candidates keep apart")
    func candidates() {
        let chunk =
            #"{"candidates":[{"index":0,"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"b"}]},"finishReason":"MAX_TOKENS"}]}"#
        let run = chat("data: \(chunk)\n\n")
        #expect(run.text.contains(#"{"index":1,"delta":{"content":"b"}"#))
        #expect(run.text.contains(#"{"index":1,"delta":{},"logprobs":null,"finish_reason":"length"}"#))
        #expect(run.text.contains(#"{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}"#))
    }

    @Test("C175 sources count characters where Gemini counts bytes")
    func citations() throws {
        let grounding =
            #""groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://e.org","title":"E"}}],"groundingSupports":[{"segment":{"startIndex":3,"endIndex":8},"groundingChunkIndices":[0]}]}"#
        // "é " is three bytes and two characters, "Zürich" starts behind it.
        let input =
            Self.stream([(#"{"text":"\u00e9 "}"#, nil), (#"{"text":"Zürich"}"#, nil)])
            + #"data: {"candidates":[{"index":0,"finishReason":"STOP",\#(grounding)}]}"# + "\n\n"
        let run = chat(input)
        let citation = run.events.compactMap { try? JSONValue(parsing: Array($0.data.utf8)) }
            .compactMap { $0.value(at: "choices.0.delta.annotations.0.url_citation") }.first
        #expect(citation?["start_index"]?.int == 2 && citation?["end_index"]?.int == 6)
        #expect(citation?["url"]?.string == "https://e.org")
    }

    @Test func sourcesGoBackToBytes() throws {
        let answer =
            #"{"id":"c","choices":[{"index":0,"message":{"content":"é Zürich","annotations":[{"type":"url_citation","url_citation":{"start_index":2,"end_index":6,"title":"E","url":"https://e.org"}}]},"finish_reason":"stop"}]}"#
        let response = try Translator.translateResponse(
            JSONValue(parsing: Array(answer.utf8)), from: .openAIChat, to: .gemini, context: .sample())
        let segment = try JSONValue(parsing: response.body).value(
            at: "candidates.0.groundingMetadata.groundingSupports.0.segment")
        #expect(segment?["startIndex"]?.int == 3 && segment?["endIndex"]?.int == 8)
        #expect(segment?["text"]?.string == "Züri")
    }

    @Test func customToolsAreUnwrapped() {
        var context = TranslationContext.sample()
        context.customTools = ["run_sql"]
        let run = chat(Self.stream([(call("run_sql", #"{"input":"select \"1\""}"#), "STOP")]), context: context)
        #expect(run.text.contains(#""custom":{"name":"run_sql","input":""}"#))
        #expect(run.text.contains(#""custom":{"input":"select \"1\""}"#))
    }

    @Test("renamed tools get their names back")
    func names() {
        var context = TranslationContext.sample()
        context.renamedTools = ["_1st_aabbccdd": "1st"]
        #expect(chat(Self.stream([(call("_1st_aabbccdd"), "STOP")]), context: context).text.contains(#""name":"1st""#))
    }

    // MARK: Towards a Gemini client

    @Test func anErrorKeepsTheFraming() throws {
        let input = StreamSample.chat(StreamSample.delta(#"{"content":"a"}"#))
        for context in [TranslationContext.sample(), .arrayFraming()] {
            let run = GeminiStreamRun(Array(input.utf8), from: .openAIChat, to: .gemini, context: context)
            #expect(run.progress.failure != nil)
            #expect(run.objects.count == 2)
            #expect(run.objects.last?.value(at: "error.status")?.string == "INTERNAL")
        }
    }

    @Test func anErrorMayComeFirst() throws {
        var translator = StreamTranslator(from: .openAIChat, to: .gemini, context: .arrayFraming())
        var output: [UInt8] = []
        translator.fail(UpstreamFault(.rateLimit, message: "slow down"), into: &output)
        let array = try JSONValue(parsing: output)
        #expect(array.value(at: "0.error.status")?.string == "RESOURCE_EXHAUSTED")
    }

    @Test(
        "arguments that are no object are kept",
        arguments: [("", "{}"), ("[1]", #"{"_raw":"[1]"}"#), ("{", #"{"_raw":"{"}"#)])
    func arguments(written: String, expected: String) {
        let input =
            StreamSample.chat(
                StreamSample.call(#"{"index":0,"id":"c1","function":{"name":"f","arguments":"\#(written)"}}"#),
                StreamSample.delta("{}", finish: "tool_calls")) + StreamSample.done
        let run = GeminiStreamRun(Array(input.utf8), from: .openAIChat, to: .gemini)
        let call = run.objects.compactMap { $0.value(at: "candidates.0.content.parts.0.functionCall") }.first
        #expect(call?["args"]?.rawText == expected)
    }

    @Test("whitespace keeps an array alive")
    func keepAlive() {
        #expect(StreamKeepAlive.frame(for: .gemini, usesArrayFraming: true) == [0x0A])
        // Google's SDKs read a comment as an answer that is no JSON; of an empty line all readers make nothing.
        #expect(StreamKeepAlive.frame(for: .gemini) == [0x0A])
    }
}
