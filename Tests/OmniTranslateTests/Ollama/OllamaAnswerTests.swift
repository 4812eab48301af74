import OmniJSON
import Testing

@testable import OmniTranslate

/// Complete answers from Ollama and for its clients.
@Suite struct OllamaAnswerTests {
    private typealias Ollama = OllamaTranslation

    private func fromOllama(
        _ message: String, reason: String? = "stop", counts: String = #","prompt_eval_count":8,"eval_count":2"#,
        to client: WireFormat, context: TranslationContext = .sample()
    ) throws -> (body: JSONValue, encoded: EncodedResponse) {
        let reason = reason.map { #","done_reason":"\#($0)""# } ?? ""
        return try Ollama.response(
            #"{"model":"m","created_at":"2026-09-21T10:00:00.5Z","message":{"role":"assistant",\#(message)},"done":true\#(reason)\#(counts)}"#,
            from: .ollama, to: client, context: context)
    }

    private func toOllama(
        chat message: String, finish: String = "stop", context: TranslationContext = .sample()
    ) throws -> (body: JSONValue, encoded: EncodedResponse) {
        try Ollama.response(
            #"{"id":"chatcmpl-1","created":1790000000,"choices":[{"index":0,"message":\#(message),"finish_reason":"\#(finish)"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}"#,
            from: .openAIChat, to: .ollama, context: context)
    }

    @Test(
        "C053 the end of an answer, with and without calls",
        arguments: [
            ("stop", false, "stop", "end_turn"), ("stop", true, "tool_calls", "tool_use"),
            (nil, false, "stop", "end_turn"), (nil, true, "tool_calls", "tool_use"),
            ("", true, "tool_calls", "tool_use"), ("length", false, "length", "max_tokens"),
            ("length", true, "length", "max_tokens"), ("load", false, "stop", "end_turn"),
            ("other", true, "tool_calls", "tool_use"),
        ] as [(String?, Bool, String, String)])
    func c053(reason: String?, hasCalls: Bool, chat: String, anthropic: String) throws {
        let calls = hasCalls ? #","tool_calls":[\#(OllamaLines.call("t"))]"# : ""
        let message = #""content":"a"\#(calls)"#
        let one = try fromOllama(message, reason: reason, to: .openAIChat)
        #expect(one.body["choices"]?.elements.map { $0["finish_reason"]?.string } == [chat])
        let other = try fromOllama(message, reason: reason, to: .anthropicMessages)
        #expect(other.body["stop_reason"]?.string == anthropic)
        #expect(other.body["stop_sequence"]?.isNull == true)
    }

    @Test(arguments: [
        ("stop", "stop", []), ("length", "length", []), ("tool_calls", "stop", []),
        ("content_filter", "stop", ["finish_reason"]),
    ])
    func endsForClients(finish: String, reason: String, losses: [String]) throws {
        let answer = try toOllama(chat: #"{"role":"assistant","content":"a"}"#, finish: finish)
        #expect(answer.body["done_reason"]?.string == reason && answer.body["done"]?.bool == true)
        #expect(answer.encoded.report.losses.map(\.field) == losses)
    }

    @Test func usageOfOllama() throws {
        let whole = try fromOllama(#""content":"a""#, to: .openAIChat)
        #expect(whole.encoded.usage?.totalInput == 8 && whole.encoded.usage?.totalOutput == 2)
        let cached = try fromOllama(#""content":"a""#, counts: #","eval_count":2"#, to: .openAIChat)
        #expect(cached.encoded.usage?.totalInput == 0 && cached.encoded.usage?.totalOutput == 2)
        let none = try fromOllama(#""content":"a""#, counts: "", to: .openAIChat)
        #expect(none.encoded.usage == nil && none.body["usage"] == nil)
        let unknown = try fromOllama(#""content":"a""#, counts: "", to: .anthropicMessages)
        #expect(unknown.encoded.report.losses.map(\.field) == ["usage"])
        let hostile = try fromOllama(
            #""content":"a""#, counts: #","prompt_eval_count":-5,"eval_count":99999999999999999"#, to: .openAIChat)
        #expect(hostile.encoded.usage?.totalInput == 0)
    }

    @Test func usageForClientsHoldsCachesAndThoughts() throws {
        let body = try toOllama(chat: #"{"role":"assistant","content":"a"}"#).body
        #expect(body["prompt_eval_count"]?.int == 10 && body["eval_count"]?.int == 5)
        for name in ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"] as [StaticString] {
            #expect(body[name]?.int == 0, "\(name)")
        }
    }

    @Test func thoughtsTextAndCallsKeepTheirOrderAndWords() throws {
        let answer = try fromOllama(
            #""content":"a\n\"é\u00e9","thinking":"hm","tool_calls":[\#(OllamaLines.call("t", #"{"x":1.0}"#)),\#(OllamaLines.call("u", #""{\"y\":2}""#, id: "c9"))]"#,
            to: .anthropicMessages)
        let blocks = answer.body["content"]?.elements.map { $0 } ?? []
        #expect(blocks.compactMap { $0["type"]?.string } == ["thinking", "text", "tool_use", "tool_use"])
        #expect(blocks[1]["text"]?.rawText == #""a\n\"é\u00e9""#)
        #expect(blocks[2]["input"]?.rawText == #"{"x":1.0}"# && blocks[3]["input"]?.rawText == #"{"y":2}"#)
        #expect(blocks[2]["id"]?.string?.hasPrefix("call_") == true && blocks[3]["id"]?.string == "c9")
    }

    @Test func generatedIDsDifferByCallAndAnswerAndAreStable() throws {
        func ids(_ time: String) throws -> [String] {
            let call = OllamaLines.call("t")
            let answer =
                #"{"created_at":"\#(time)","message":{"content":"","tool_calls":[\#(call),\#(call)]},"done":true}"#
            return try Ollama.response(answer, from: .ollama, to: .anthropicMessages).body["content"]?.elements
                .compactMap { $0["id"]?.string } ?? []
        }
        let first = try ids("2026-09-21T10:00:00.000000001Z")
        let again = try ids("2026-09-21T10:00:00.000000001Z")
        let later = try ids("2026-09-21T10:00:00.000000002Z")
        #expect(Set(first).count == 2 && first == again && Set(first + later).count == 4)
    }

    @Test func namesAndFreeTextToolsAreGivenBack() throws {
        var context = TranslationContext.sample()
        context.renamedTools = ["t_1": "t 1"]
        context.customTools = ["sql"]
        let calls = [OllamaLines.call("t_1"), OllamaLines.call("sql", #"{"input":"select \"1\""}"#)].joined(
            separator: ",")
        let answer = try fromOllama(#""content":"","tool_calls":[\#(calls)]"#, to: .openAIChat, context: context)
        let message = answer.body["choices"]?.elements.first { _ in true }?["message"]
        let written = message?["tool_calls"]?.elements.map { $0 } ?? []
        #expect(written.first?["function"]?["name"]?.string == "t 1")
        #expect(written.last?["custom"]?["input"]?.string == #"select "1""#)
    }

    @Test func logprobsGoBothWays() throws {
        let tokens =
            #"[{"token":"a","logprob":-0.10,"top_logprobs":[{"token":"a","logprob":-0.10}]},{"token":"b","logprob":-1}]"#
        let answer = try fromOllama(#""content":"ab""#, counts: #","logprobs":\#(tokens)"#, to: .openAIChat)
        #expect(
            answer.body["choices"]?.elements.first { _ in true }?["logprobs"]?.rawText
                == #"{"content":[{"token":"a","logprob":-0.10,"bytes":null,"top_logprobs":[{"token":"a","logprob":-0.10,"bytes":null}]},{"token":"b","logprob":-1,"bytes":null,"top_logprobs":[]}],"refusal":null}"#
        )
        let back = try Ollama.response(answer.body.rawText, from: .openAIChat, to: .ollama)
        #expect(back.body["logprobs"]?.elements.compactMap { $0["token"]?.string } == ["a", "b"])
    }

    @Test func picturesOfAnAnswerAreKept() throws {
        let answer = try Ollama.response(
            #"{"message":{"content":"","images":["iVBORw0KGgo="]},"done":true}"#, from: .ollama, to: .ollama)
        #expect(answer.body["message"]?["images"]?.rawText == #"["iVBORw0KGgo="]"#)
    }

    @Test(
        "C014 arguments of other dialects become an object",
        arguments: [
            (#"{\"a\":1}"#, #"{"a":1}"#, []), ("", "{}", []), ("[1]", #"{"_raw":"[1]"}"#, ["arguments"]),
            ("{oops", #"{"_raw":"{oops"}"#, ["arguments"]),
        ])
    func argumentsForClients(arguments: String, expected: String, losses: [String]) throws {
        let call = #"{"id":"c","type":"function","function":{"name":"t","arguments":"\#(arguments)"}}"#
        let answer = try toOllama(chat: #"{"role":"assistant","content":null,"tool_calls":[\#(call)]}"#)
        let written = answer.body["message"]?["tool_calls"]?.elements.first { _ in true }
        #expect(written?["id"]?.string == "c" && written?["function"]?["index"]?.int == 0)
        #expect(written?["function"]?["arguments"]?.rawText == expected)
        #expect(answer.body["message"]?["content"]?.string == "")
        #expect(answer.encoded.report.losses.map(\.field) == losses)
    }

    @Test(arguments: [
        "[]", "null", "{}", #"{"message":"text","done":true}"#, #"{"error":"boom"}"#,
        #"{"error":{"message":"boom"}}"#, #"{"message":{"content":"a"},"done":false}"#,
    ])
    func whatIsNoAnswerIsRefused(answer: String) {
        #expect { try Ollama.response(answer, from: .ollama, to: .openAIChat) } throws: {
            ($0 as? TranslationError)?.code == .malformedAnswer
        }
    }

    @Test func shapeAndUsageOfAnswersThatAreOnlyPassedOn() throws {
        let chat = try StreamSample.json("response.minimal.json", of: .ollama)
        #expect(Translator.isAnswer(chat, of: .ollama) && Translator.usage(in: chat, of: .ollama)?.totalOutput == 298)
        let error = try StreamSample.json("error.json", of: .ollama)
        #expect(!Translator.isAnswer(error, of: .ollama) && Translator.usage(in: error, of: .ollama) == nil)
        #expect(Translator.isAnswer(try JSONValue(parsing: Array(#"{"response":""}"#.utf8)), of: .ollama))
    }

    @Test(
        "errors keep their words and status",
        arguments: [
            (404, #"{"error":"model 'nope' not found"}"#, UpstreamFault.Kind.notFound, "model 'nope' not found"),
            (400, #"{"error":"bad"}"#, .invalidRequest, "bad"),
            (401, #"{"error":"unauthorized","signin_url":"https://x"}"#, .authentication, "unauthorized"),
            (503, #"{"error":"server busy"}"#, .overloaded, "server busy"),
            (
                400, #"{"error":"the input length exceeds the context length"}"#, .contextLength,
                "the input length exceeds the context length"
            ),
        ])
    func errors(status: Int, body: String, kind: UpstreamFault.Kind, words: String) throws {
        let fault = FaultCodec.decode(status: status, body: Array(body.utf8), from: .ollama)
        #expect(fault.kind == kind && fault.status == status && fault.message == words)
        let written = FaultCodec.encode(fault, to: .ollama, requestID: nil)
        #expect(written.status == status)
        #expect(try JSONValue(parsing: written.body)["error"]?.string == words)
    }

    // MARK: /api/generate, small documents, time

    @Test func answersOfGenerateHoldAResponse() throws {
        var context = TranslationContext.sample()
        context.answersAsGenerate = true
        let body = try toOllama(
            chat: #"{"role":"assistant","content":"a","reasoning_content":"hm"}"#, context: context
        ).body
        #expect(body["response"]?.string == "a" && body["thinking"]?.string == "hm" && body["message"] == nil)
        #expect(body["done"]?.bool == true && body["eval_count"]?.int == 5)
    }

    @Test(arguments: [
        (#"{"model":"m","messages":[]}"#, true), (#"{"model":"m"}"#, true), (#"{"model":"m","prompt":""}"#, true),
        (#"{"model":"m","prompt":"a"}"#, false), (#"{"model":"m","prompt":"","images":["x"]}"#, false),
        (#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#, false), (#"{"messages":7}"#, false),
        ("[]", false),
    ])
    func loadsAreTold(body: String, isLoad: Bool) throws {
        #expect(OllamaDocuments.isLoad(try JSONValue(parsing: Array(body.utf8))) == isLoad)
    }

    @Test(arguments: [("null", "load"), ("5", "load"), (#""5m""#, "load"), ("0", "unload"), (#""0""#, "unload")])
    func loadsAreAnswered(keepAlive: String, reason: String) throws {
        let request = try JSONValue(parsing: Array(#"{"messages":[],"keep_alive":\#(keepAlive)}"#.utf8))
        let line = OllamaDocuments.loaded(request, context: .sample())
        let body = try JSONValue(parsing: line)
        #expect(line.last == 0x0A && body["done_reason"]?.string == reason && body["done"]?.bool == true)
        #expect(body["model"]?.string == "client/model" && body["message"]?["content"]?.string == "")
    }

    @Test func documentsHaveTheSamplesMembers() throws {
        let sample = try StreamSample.json("tags.response.json", of: .ollama)
        let tags = try JSONValue(parsing: OllamaDocuments.tags(models: ["a/b", "c\"d"], modified: 1_790_000_100))
        func names(_ value: JSONValue?) -> Set<String> { Set(value?.members.map { $0.name.string } ?? []) }
        let model = tags["models"]?.elements.first { _ in true }
        let known = sample["models"]?.elements.first { _ in true }
        #expect(names(model) == names(known))
        let details = names(model?["details"])
        let knownDetails = names(known?["details"])
        #expect(knownDetails.isSubset(of: details))
        #expect(tags["models"]?.elements.compactMap { $0["name"]?.string } == ["a/b", "c\"d"])
        let show = try JSONValue(
            parsing: OllamaDocuments.show(capabilities: ["completion"], contextLength: 8192, modified: 0))
        #expect(show["model_info"]?["omniroute.context_length"]?.int == 8192)
        #expect(show["capabilities"]?.rawText == #"["completion"]"#)
        #expect(try JSONValue(parsing: OllamaDocuments.version("0.15.0"))["version"]?.string == "0.15.0")
        #expect(try JSONValue(parsing: OllamaDocuments.running())["models"]?.rawText == "[]")
    }

    @Test(
        "times",
        arguments: [
            (0, "1970-01-01T00:00:00"), (951_782_400, "2000-02-29T00:00:00"), (1_790_000_100, "2026-09-21T14:15:00"),
            (4_107_542_399, "2100-02-28T23:59:59"), (4_107_542_400, "2100-03-01T00:00:00"),
            (253_402_300_799, "9999-12-31T23:59:59"), (1_735_689_599, "2024-12-31T23:59:59"),
        ])
    func times(seconds: Int, text: String) {
        #expect(OllamaTime.text(ofSeconds: seconds).string == text + ".000000000Z")
        #expect(OllamaTime.seconds(in: JSONText(text + "Z")) == seconds)
        #expect(OllamaTime.seconds(in: JSONText(text + ".123456789+02:00")) == (seconds > 7200 ? seconds - 7200 : nil))
    }

    @Test(arguments: [
        "", "now", "2026-09-21", "2026-09-21T10:00:00", "2026-13-21T10:00:00Z", "1969-12-31T23:59:59Z",
        "2026-09-21T10:00:00.Zx", "2026-09-21T10:00:00+2", "2O26-09-21T10:00:00Z",
    ])
    func whatIsNoTimeIsNone(text: String) {
        #expect(OllamaTime.seconds(in: JSONText(text)) == nil)
    }

    @Test func timesOutOfRangeAreCut() {
        #expect(OllamaTime.text(ofSeconds: .min).string == "1970-01-01T00:00:00.000000000Z")
        #expect(OllamaTime.text(ofSeconds: .max).string == "9999-12-31T23:59:59.000000000Z")
    }
}
