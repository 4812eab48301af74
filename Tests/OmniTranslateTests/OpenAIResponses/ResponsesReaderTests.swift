import OmniJSON
import Testing

@testable import OmniTranslate

/// Streams of Responses upstreams: what is read from deltas, from ends, and from the whole response.
@Suite struct ResponsesReaderTests {
    private typealias Stream = ResponsesStream

    /// The chat message and finish a stream comes to.
    private func chat(_ events: String...) throws -> (content: String, calls: [String: String], finish: String?) {
        let run = PairRun(Stream.frames(events), from: .openAIResponses, to: .openAIChat)
        #expect(run.progress.isComplete && run.progress.failure == nil)
        var content = ""
        var calls: [Int: String] = [:]
        var names: [Int: String] = [:]
        var finish: String?
        for chunk in try run.data() {
            guard let choice = chunk["choices"]?.elements.first(where: { _ in true }) else { continue }
            content += choice["delta"]?["content"]?.string ?? ""
            for call in choice["delta"]?["tool_calls"]?.elements.map({ $0 }) ?? [] {
                let index = try #require(call["index"]?.int)
                if let id = call["id"]?.string { names[index] = id }
                calls[index, default: ""] += call["function"]?["arguments"]?.string ?? ""
            }
            finish = choice.present("finish_reason")?.string ?? finish
        }
        return (content, Dictionary(uniqueKeysWithValues: calls.map { (names[$0] ?? "?", $1) }), finish)
    }

    @Test("C076 ends without deltas are taken as the whole")
    func endsOnly() throws {
        let fromItem = try chat(
            Stream.created, Stream.added(0, #"{"type":"message","id":"m"}"#), Stream.done(0, Stream.message("Hi!")),
            Stream.done(1, Stream.call("c1", #"{\"a\":1}"#)), Stream.completed())
        #expect(fromItem.content == "Hi!" && fromItem.calls == ["c1": #"{"a":1}"#] && fromItem.finish == "tool_calls")
        let fromText = try chat(
            Stream.created, Stream.added(0, #"{"type":"message","id":"m"}"#),
            #""type":"response.output_text.done","output_index":0,"content_index":0,"text":"Hi!""#,
            Stream.completed())
        #expect(fromText.content == "Hi!" && fromText.finish == "stop")
        let fromArguments = try chat(
            Stream.created, Stream.added(0, Stream.call("c1", "")),
            #""type":"response.function_call_arguments.done","output_index":0,"arguments":"{}""#,
            Stream.done(0, Stream.call("c1", "{}")), Stream.completed())
        #expect(fromArguments.calls == ["c1": "{}"])
        let fromResponse = try chat(
            Stream.created, Stream.completed("\(Stream.message("Hi!")),\(Stream.call("c1", "{}"))"))
        #expect(fromResponse.content == "Hi!" && fromResponse.calls == ["c1": "{}"])
    }

    @Test func whatWasToldIsNotToldAgain() throws {
        let result = try chat(
            Stream.created, Stream.added(0, #"{"type":"message","id":"m"}"#), Stream.delta("output_text", 0, "H"),
            Stream.delta("output_text", 0, "i!"),
            #""type":"response.output_text.done","output_index":0,"content_index":0,"text":"Hi!""#,
            Stream.done(0, Stream.message("Hi!")), Stream.added(1, Stream.call("c1", "")),
            Stream.delta("function_call_arguments", 1, "{}"), Stream.done(1, Stream.call("c1", "{}")),
            Stream.completed("\(Stream.message("Hi!")),\(Stream.call("c1", "{}"))"))
        #expect(result.content == "Hi!" && result.calls == ["c1": "{}"])
    }

    @Test("items that overlap are told one after the other")
    func overlap() throws {
        let result = try chat(
            Stream.created, Stream.added(0, Stream.call("c1", "")), Stream.added(1, Stream.call("c2", "")),
            Stream.delta("function_call_arguments", 1, #"{\"b\""#),
            Stream.delta("function_call_arguments", 0, #"{\"a\""#), Stream.delta("function_call_arguments", 1, ":2}"),
            Stream.delta("function_call_arguments", 0, ":1}"), Stream.done(1, Stream.call("c2", "x")),
            Stream.done(0, Stream.call("c1", "x")), Stream.completed())
        #expect(result.calls == ["c1": #"{"a":1}"#, "c2": #"{"b":2}"#])
    }

    @Test("C063 C064 calls that share an index are still two")
    func sharedIndex() throws {
        let result = try chat(
            Stream.created, Stream.added(0, Stream.call("c1", "")), Stream.delta("function_call_arguments", 0, "{}"),
            Stream.done(0, Stream.call("c1", "{}")), Stream.added(0, Stream.call("c2", "")),
            Stream.delta("function_call_arguments", 0, "[]"), Stream.done(0, Stream.call("c2", "[]")),
            Stream.completed("\(Stream.call("c1", "{}")),\(Stream.call("c2", "[]"))"))
        #expect(result.calls == ["c1": "{}", "c2": "[]"])
    }

    @Test(
        "C077 C053 C054 how answers end",
        arguments: [
            ("incomplete", "max_output_tokens", false, "length"), ("incomplete", "max_output_tokens", true, "length"),
            ("incomplete", "content_filter", false, "content_filter"), ("incomplete", "steered", false, "stop"),
            ("completed", nil, true, "tool_calls"), ("completed", nil, false, "stop"),
        ] as [(String, String?, Bool, String)])
    func finishes(status: String, reason: String?, calls: Bool, expected: String) throws {
        let item = calls ? Stream.call("c1", "{}") : Stream.message("a")
        let result = try chat(Stream.created, Stream.done(0, item), Stream.completed(status: status, reason: reason))
        #expect(result.finish == expected)
        let details = reason.map { #"{"reason":"\#($0)"}"# } ?? "null"
        let whole = try translated(
            #"{"status":"\#(status)","incomplete_details":\#(details),"output":[\#(item)]}"#, from: .openAIResponses,
            to: .openAIChat)
        #expect(whole.body["choices"]?.elements.map { $0["finish_reason"]?.string } == [expected])
    }

    @Test("several parts of a summary are paragraphs, and the full text is not added to them")
    func thoughts() throws {
        let reasoning = Stream.added(0, #"{"type":"reasoning","id":"rs_1","summary":[]}"#)
        let item =
            #"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"content":[{"type":"reasoning_text","text":"long"}],"encrypted_content":"gAAA"}"#
        let run = PairRun(
            Stream.events(
                Stream.created, reasoning, Stream.delta("reasoning_summary_text", 0, "a"),
                Stream.delta("reasoning_summary_text", 0, "b", part: 1), Stream.delta("reasoning_text", 0, "long"),
                Stream.done(0, item), Stream.completed()), from: .openAIResponses, to: .anthropicMessages)
        let thinking = try run.data("content_block_delta").compactMap { $0["delta"]?["thinking"]?.string }
        #expect(thinking == ["a", "\n\n", "b"])
        let signature = try run.data("content_block_delta").compactMap { $0["delta"]?["signature"]?.text }
        let state = try #require(signature.first.flatMap(OpaqueStateEnvelope.unwrap))
        #expect(state.itemID == "rs_1" && state.payload == "gAAA" && state.origin == .openAIResponses)
        let whole = try translated(
            #"{"status":"completed","output":[\#(item)]}"#, from: .openAIResponses, to: .openAIChat)
        let message = whole.body["choices"]?.elements.first { _ in true }?["message"]
        #expect(message?["reasoning_content"]?.string == "a\n\nb")
        let open = PairRun(
            Stream.events(
                Stream.created, reasoning, Stream.delta("reasoning_text", 0, "long"),
                Stream.done(0, #"{"type":"reasoning","id":"rs_1","summary":[]}"#), Stream.completed()),
            from: .openAIResponses, to: .anthropicMessages)
        #expect(try open.data("content_block_delta").first?["delta"]?["thinking"]?.string == "long")
    }

    @Test("C081 a thought of ciphertext only is kept; one of nothing does not show")
    func silentThoughts() throws {
        let run = PairRun(
            Stream.events(
                Stream.created, Stream.done(0, #"{"type":"reasoning","id":"rs_0","summary":[]}"#),
                Stream.done(1, #"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}"#),
                Stream.completed()), from: .openAIResponses, to: .anthropicMessages)
        let blocks = try run.data("content_block_start").compactMap { $0["content_block"] }
        #expect(blocks.count == 1 && blocks[0]["type"]?.string == "redacted_thinking")
        #expect(blocks[0]["data"]?.text.flatMap(OpaqueStateEnvelope.unwrap)?.itemID == "rs_1")
    }

    @Test("C171 refusals are words, and the finish says so")
    func refusals() throws {
        let events = Stream.events(
            Stream.created, Stream.added(0, #"{"type":"message","id":"m"}"#), Stream.delta("refusal", 0, "No."),
            Stream.done(0, #"{"type":"message","content":[{"type":"refusal","refusal":"No."}]}"#), Stream.completed())
        let chat = PairRun(events, from: .openAIResponses, to: .openAIChat)
        #expect(chat.text.contains(#""refusal":"No.""#) && chat.text.contains(#""finish_reason":"stop""#))
        let claude = PairRun(events, from: .openAIResponses, to: .anthropicMessages)
        #expect(claude.text.contains(#""text":"No.""#) && claude.text.contains(#""stop_reason":"refusal""#))
    }

    @Test func freeTextCallsAreOfTheirOwnKind() throws {
        let item = #"{"type":"custom_tool_call","id":"ctc_1","call_id":"c1","name":"t","input":"select 1"}"#
        let run = PairRun(
            Stream.events(
                Stream.created, Stream.added(0, #"{"type":"custom_tool_call","call_id":"c1","name":"t","input":""}"#),
                Stream.delta("custom_tool_call_input", 0, "select 1"), Stream.done(0, item), Stream.completed()),
            from: .openAIResponses, to: .openAIChat)
        #expect(run.text.contains(#""custom":{"input":"select 1"}"#))
        let whole = try translated(
            #"{"status":"completed","output":[\#(item)]}"#, from: .openAIResponses, to: .anthropicMessages)
        #expect(whole.body["content"]?.elements.map { $0["input"]?.rawText } == [#"{"input":"select 1"}"#])
        #expect(whole.body["stop_reason"]?.string == "tool_use")
    }

    @Test func logprobsTravel() throws {
        let entry = #"{"token":"a","logprob":-1,"bytes":[97],"top_logprobs":[]}"#
        let run = PairRun(
            Stream.events(
                Stream.created, Stream.added(0, #"{"type":"message","id":"m"}"#),
                #""type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a","logprobs":[\#(entry)]"#,
                Stream.done(0, Stream.message("a")), Stream.completed()), from: .openAIResponses, to: .openAIChat)
        #expect(run.text.contains(#""logprobs":{"content":[\#(entry)],"refusal":null}"#))
        let whole = try translated(
            #"{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a","logprobs":[\#(entry)]}]}]}"#,
            from: .openAIResponses, to: .openAIChat)
        let logprobs = whole.body["choices"]?.elements.first { _ in true }?["logprobs"]
        #expect(logprobs?.rawText == #"{"content":[\#(entry)],"refusal":null}"#)
    }

    @Test(
        "C078 errors of the upstream, in each of their forms",
        arguments: [
            #""type":"error","code":"server_error","message":"lost","param":null"#,
            #""type":"error","error":{"type":"server_error","message":"lost"}"#,
            #""type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"lost"}}"#,
            #""error":{"message":"lost","type":"server_error"}"#,
        ])
    func errors(event: String) throws {
        for prefix in [[Stream.created], [Stream.created, Stream.delta("output_text", 0, "a")]] {
            for client in [WireFormat.openAIChat, .anthropicMessages] {
                let run = PairRun(Stream.frames(prefix + [event]), from: .openAIResponses, to: client)
                #expect(run.progress.failure?.message == "lost" && run.progress.failure?.kind == .upstream)
                #expect(!run.progress.isComplete && run.progress.isMeaningful == (prefix.count > 1))
                #expect(run.text.contains("lost") == (prefix.count > 1))
                #expect(!run.text.contains("[DONE]") && !run.text.contains("message_stop"))
            }
        }
    }

    @Test func failuresOfWholeAnswersAreErrors() throws {
        for body in [
            #"{"status":"failed","error":{"code":"server_error","message":"lost"},"output":[]}"#,
            #"{"status":"in_progress","output":[]}"#, #"{"status":"completed"}"#, #"{"error":{"message":"x"}}"#, "[]",
        ] {
            let error = #expect(throws: TranslationError.self) {
                try translated(body, from: .openAIResponses, to: .openAIChat)
            }
            #expect(error?.code == .malformedAnswer)
        }
    }

    @Test("C088 C079 what is new or says nothing is ignored, and Chat's terminator is tolerated")
    func ignored() {
        let run = PairRun(
            Stream.events(
                Stream.created, #""type":"response.web_search_call.searching","output_index":0,"item_id":"w""#,
                #""type":"response.invented""#, #""type":"keepalive""#,
                #""type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"a","obfuscation":"xyz""#,
                Stream.completed()) + "data: [DONE]\n\n", from: .openAIResponses, to: .openAIChat)
        #expect(run.progress.isComplete && run.text.contains(#""content":"a""#) && !run.text.contains("xyz"))
        let cut = PairRun(
            Stream.events(Stream.created, Stream.delta("output_text", 0, "a")) + "data: [DONE]\n\n",
            from: .openAIResponses, to: .openAIChat)
        #expect(cut.progress.failure?.code == "truncated")
    }

    @Test func hostileStreamsFail() {
        for events in [
            [Stream.added(-1, "{}")], [Stream.added(1 << 40, "{}")],
            [Stream.added(0, #"{"type":"function_call","call_id":"c"}"#)],
            [Stream.added(0, #"{"type":"message"}"#), Stream.delta("function_call_arguments", 0, "x")],
        ] {
            let run = PairRun(Stream.frames([Stream.created] + events), from: .openAIResponses, to: .openAIChat)
            #expect(run.progress.failure?.code == "malformed_answer")
        }
        for data in ["nonsense", "[]", "{\"type\":", "1"] {
            let run = PairRun("data: \(data)\n\n", from: .openAIResponses, to: .anthropicMessages)
            #expect(run.progress.failure != nil && run.output.isEmpty)
        }
    }

    static let usages: [(String, [Int])] = [
        (
            #"{"input_tokens":120,"input_tokens_details":{"cached_tokens":64,"cache_write_tokens":32},"output_tokens":60,"output_tokens_details":{"reasoning_tokens":40}}"#,
            [24, 64, 32, 20, 40]
        ),
        (#"{"input_tokens":5,"output_tokens":3}"#, [5, 0, 0, 3, 0]),
        (#"{"input_tokens":5,"input_tokens_details":{"cached_tokens":9}}"#, [0, 5, 0, 0, 0]),
        (#"{"output_tokens":3,"output_tokens_details":{"reasoning_tokens":9}}"#, [0, 0, 0, 0, 3]),
        (#"{"prompt_tokens":5,"completion_tokens":3}"#, [5, 0, 0, 3, 0]),
        (#"{"input_tokens":-5,"output_tokens":99999999999999999}"#, [0, 0, 0, 1 << 48, 0]),
    ]

    @Test("C166 C167 C168 tokens in five disjoint counts", arguments: usages)
    func usage(json: String, expected: [Int]) throws {
        let value = try JSONValue(parsing: Array(json.utf8))
        let usage = try #require(OpenAIResponsesUsage.decode(value))
        #expect([usage.input, usage.cacheRead, usage.cacheWrite, usage.output, usage.reasoning] == expected)
        var writer = JSONWriter()
        OpenAIResponsesUsage.write(usage, into: &writer)
        #expect(try OpenAIResponsesUsage.decode(JSONValue(parsing: writer.bytes)) == usage)
        let body = try JSONValue(parsing: Array(#"{"usage":\#(json)}"#.utf8))
        #expect(Translator.usage(in: body, of: .openAIResponses) == usage)
    }

    @Test(arguments: [("standard", "default"), ("flex", "flex"), ("on_demand", nil)] as [(String, String?)])
    func serviceTiers(upstream: String, expected: String?) throws {
        let whole = try translated(
            #"{"service_tier":"\#(upstream)","choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}"#,
            from: .openAIChat, to: .openAIResponses)
        #expect(whole.body["service_tier"]?.string == expected)
    }

    @Test func noUsageIsNone() throws {
        for json in ["null", "{}", "[]", #""x""#] {
            #expect(OpenAIResponsesUsage.decode(try JSONValue(parsing: Array(json.utf8))) == nil)
        }
    }
}
