import OmniJSON
import Testing

@testable import OmniTranslate

/// Thoughts between the calls of one turn come back between them, whatever the client in the middle speaks.
@Suite struct ThoughtOrderTests: RequestWording {
    // MARK: Claude's turns

    /// Blocks of a turn as Claude gives them, with several thoughts between the calls, with and without words.
    static let turns = [
        [thinking("One.", "EqAB"), called("a"), thinking("Two.", "EqCD"), called("b")],
        [
            thinking("One.", "EqAB"), redacted("EmAB"), called("a"), called("b"), thinking("", "EqCD"),
            redacted("EmCD"), thinking("Three.", "EqEF"), called("c"),
        ],
        [redacted("EmAB"), called("a"), redacted("EmCD"), called("b")],
        [thinking("", "EqAB"), called("a"), thinking("", "EqCD"), called("b")],
        [called("a"), thinking("Two.", "EqCD"), called("b")],
        [thinking("One.", "EqAB"), said("Look:"), called("a"), thinking("Two.", "EqCD"), called("b")],
    ]

    private static func thinking(_ words: String, _ signature: String) -> String {
        #"{"type":"thinking","thinking":"\#(words)","signature":"\#(signature)"}"#
    }

    private static func redacted(_ data: String) -> String { #"{"type":"redacted_thinking","data":"\#(data)"}"# }

    private static func said(_ words: String) -> String { #"{"type":"text","text":"\#(words)"}"# }

    private static func called(_ id: String) -> String {
        #"{"type":"tool_use","id":"\#(id)","name":"t","input":{"n":"\#(id)"}}"#
    }

    /// Claude's answer of these blocks, as a body or a stream.
    private func claude(_ blocks: [String], isStreaming: Bool) throws -> String {
        guard isStreaming else {
            return
                #"{"id":"msg_01","type":"message","role":"assistant","model":"m","content":[\#(blocks.joined(separator: ","))],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}"#
        }
        var events = [StreamSample.messageStart]
        for (index, block) in blocks.enumerated() {
            let value = try JSONValue(parsing: Array(block.utf8))
            func word(_ name: StaticString) -> String { value[name]?.rawText ?? "" }
            func tell(_ start: String, _ deltas: String...) {
                events.append(StreamSample.blockStart(index, start))
                events += deltas.map { StreamSample.blockDelta(index, $0) }
                events.append(StreamSample.blockStop(index))
            }
            switch value["type"]?.string {
            case "thinking":
                tell(
                    #"{"type":"thinking","thinking":"","signature":""}"#,
                    #"{"type":"thinking_delta","thinking":\#(word("thinking"))}"#,
                    #"{"type":"signature_delta","signature":\#(word("signature"))}"#)
            case "text":
                tell(#"{"type":"text","text":""}"#, #"{"type":"text_delta","text":\#(word("text"))}"#)
            case "tool_use":
                tell(
                    #"{"type":"tool_use","id":\#(word("id")),"name":\#(word("name")),"input":{}}"#,
                    #"{"type":"input_json_delta","partial_json":\#(JSONText(word("input")).quoted)}"#)
            default: tell(block)
            }
        }
        events += [StreamSample.messageDelta("tool_use"), StreamSample.messageStop]
        return events.map {
            "event: \((try? JSONValue(parsing: Array($0.utf8)))?["type"]?.string ?? "")\ndata: \($0)\n\n"
        }
        .joined()
    }

    // MARK: A client's next request

    /// What a client makes of an answer, as the turns of its next request: its own words, the answer, results.
    private func request(
        after answer: String, from upstream: WireFormat, client: WireFormat, isStreaming: Bool, calls: [String]
    ) throws -> String {
        let context = TranslationContext.sample()
        var objects: [JSONValue] = []
        if isStreaming {
            let run = PairRun(answer, from: upstream, to: client, context: context)
            objects = try run.data()
            #expect(run.progress.isComplete)
        } else {
            let response = try Translator.translateResponse(
                JSONValue(parsing: Array(answer.utf8)), from: upstream, to: client, context: context)
            objects = [try JSONValue(parsing: response.body)]
        }
        switch client {
        case .openAIChat:
            let message = isStreaming ? chatMessage(of: objects) : objects[0].value(at: "choices.0.message")?.rawText
            let results = calls.map { chatResult($0, "1") }
            let messages = [user, try #require(message)] + results
            return #"{"model":"m","messages":[\#(messages.joined(separator: ","))]}"#
        case .openAIResponses:
            let last = objects.last?["response"] ?? objects.last
            let items = try #require(last?["output"]).elements.map(\.rawText)
            let results = calls.map { #"{"type":"function_call_output","call_id":"\#($0)","output":"1"}"# }
            return #"{"model":"m","input":[\#(([user] + items + results).joined(separator: ","))]}"#
        case .gemini:
            let parts = objects.flatMap { $0.value(at: "candidates.0.content.parts").map { Array($0.elements) } ?? [] }
                .map(\.rawText)
            let results = calls.map {
                #"{"functionResponse":{"id":"\#($0)","name":"t","response":{"output":"1"}}}"#
            }
            return
                #"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[\#(parts.joined(separator: ","))]},{"role":"user","parts":[\#(results.joined(separator: ","))]}]}"#
        case .anthropicMessages:
            let blocks = try #require(objects[0]["content"]).rawText
            let results = calls.map { #"{"type":"tool_result","tool_use_id":"\#($0)","content":"1"}"# }
            return
                #"{"model":"m","max_tokens":100,"messages":[\#(user),{"role":"assistant","content":\#(blocks)},{"role":"user","content":[\#(results.joined(separator: ","))]}]}"#
        case .ollama: throw TranslationError(.unsupported, "holds no state", at: "thinking")
        }
    }

    /// The message a Chat SDK adds up, with the members it does not know.
    private func chatMessage(of chunks: [JSONValue]) -> String {
        var content = ""
        var reasoning = ""
        var calls: [(head: JSONValue, arguments: String)] = []
        for chunk in chunks {
            guard let delta = chunk.value(at: "choices.0.delta") else { continue }
            content += delta["content"]?.string ?? ""
            reasoning += delta["reasoning_content"]?.string ?? ""
            guard let call = delta.value(at: "tool_calls.0"), let index = call["index"]?.int else { continue }
            if index == calls.count { calls.append((call, "")) }
            calls[index].arguments += call.value(at: "function.arguments")?.string ?? ""
        }
        let written = calls.map { call in
            let extra = call.head["extra_content"].map { #","extra_content":\#($0.rawText)"# } ?? ""
            return
                #"{"id":\#(call.head["id"]?.rawText ?? ""),"type":"function","function":{"name":"t","arguments":\#(JSONText(call.arguments).quoted)}\#(extra)}"#
        }
        return
            #"{"role":"assistant","content":\#(JSONText(content).quoted),"reasoning_content":\#(JSONText(reasoning).quoted),"tool_calls":[\#(written.joined(separator: ","))]}"#
    }

    private func asked(
        _ json: String, from client: WireFormat, of target: WireFormat
    ) throws -> (body: JSONValue, losses: [String]) {
        let request = try Translator.decodeRequest(
            JSONValue(parsing: Array(json.utf8)), from: client,
            apiVersion: client == .anthropicMessages ? "2023-06-01" : nil, pathModel: client == .gemini ? "m" : nil)
        let encoded = try Translator.encodeRequest(request, to: target, context: .sample())
        return (try JSONValue(parsing: encoded.body), encoded.report.losses.map { "\($0.field):\($0.reason)" })
    }

    @Test(
        "C103 C091 thoughts between calls keep their place through every client",
        arguments: [WireFormat.openAIChat, .openAIResponses, .gemini, .anthropicMessages], turns)
    func roundTrip(client: WireFormat, blocks: [String]) throws {
        let calls = ["a", "b", "c"].filter { id in blocks.contains { $0 == Self.called(id) } }
        // An Anthropic client has its own dialect's stream as it was.
        for isStreaming in client == .anthropicMessages ? [false] : [false, true] {
            let answer = try claude(blocks, isStreaming: isStreaming)
            let json = try request(
                after: answer, from: .anthropicMessages, client: client, isStreaming: isStreaming, calls: calls)
            let (body, losses) = try asked(json, from: client, of: .anthropicMessages)
            #expect(
                body.value(at: "messages.1.content")?.rawText == "[\(blocks.joined(separator: ","))]",
                "streaming \(isStreaming)")
            #expect(losses == [])
        }
    }

    // MARK: Where a thought may not stand

    private func envelope(_ signature: String) -> String {
        OpaqueStateEnvelope.wrap(
            OpaqueState(kind: .signature, origin: .anthropicMessages, payload: JSONText(signature))
        ).string
    }

    private func item(_ words: String, _ signature: String) -> String {
        #"{"type":"reasoning","summary":[{"type":"summary_text","text":"\#(words)"}],"encrypted_content":"\#(envelope(signature))"}"#
    }

    private func callItem(_ id: String) -> String {
        #"{"type":"function_call","call_id":"\#(id)","name":"t","arguments":"{}"}"#
    }

    private func output(_ id: String) -> String {
        #"{"type":"function_call_output","call_id":"\#(id)","output":"1"}"#
    }

    private func message(_ words: String) -> String { #"{"role":"assistant","content":"\#(words)"}"# }

    private func claudeTurns(of items: [String]) throws -> RequestTranslation {
        try responses(#""input":[\#(([user] + items).joined(separator: ","))]"#, to: .anthropicMessages)
    }

    @Test("C109 thoughts that led to nothing are left out, for a turn of Claude's cannot end with them")
    func looseThoughts() throws {
        let cut = try claudeTurns(of: [item("1", "EqAB"), message("a"), item("2", "EqCD"), item("3", "EqEF"), user])
        #expect(cut.message(1) == turn("assistant", Self.thinking("1", "EqAB"), text("a")))
        #expect(cut.losses == ["input.reasoning:unpaired"])
        let alone = try claudeTurns(of: [item("1", "EqAB"), user])
        #expect(alone.member("messages") == "[\(turn("user", text("hi"), text("hi")))]")
        #expect(alone.losses == ["input.reasoning:unpaired"])
        let interrupted = try claudeTurns(of: [item("1", "EqAB"), callItem("a"), item("2", "EqCD"), output("a")])
        #expect(interrupted.message(1) == turn("assistant", Self.thinking("1", "EqAB"), use("a")))
        // Anthropic's own clients are told what their API would tell them.
        let own = try anthropicToAnthropic(
            #""messages":[\#(user),\#(turn("assistant", text("a"), Self.thinking("1", "EqAB"))),\#(user)]"#)
        #expect(own.message(1) == turn("assistant", text("a"), Self.thinking("1", "EqAB")))
    }

    @Test("results between the calls make turns of their own, with their thoughts")
    func turnsOfTheirOwn() throws {
        let result = try claudeTurns(of: [
            item("1", "EqAB"), callItem("a"), output("a"), item("2", "EqCD"), callItem("b"), item("3", "EqEF"),
            callItem("c"), output("b"), output("c"),
        ])
        #expect(result.message(1) == turn("assistant", Self.thinking("1", "EqAB"), use("a")))
        #expect(
            result.message(3)
                == turn(
                    "assistant", Self.thinking("2", "EqCD"), use("b"), Self.thinking("3", "EqEF"), use("c")))
        #expect(result.losses == [])
    }

    @Test("with a budget, thoughts in the middle of a turn are not the thoughts it must begin with")
    func budgets() throws {
        func mode(_ items: [String]) throws -> (String?, [String]) {
            let result = try responses(
                #""reasoning":{"effort":"high"},"input":[\#(([user] + items).joined(separator: ","))]"#,
                to: .anthropicMessages, model: "claude-sonnet-4-5")
            return (result.body["thinking"]?["type"]?.string, result.losses.filter { $0.hasSuffix(":history") })
        }
        let whole = try mode([
            item("1", "EqAB"), callItem("a"), item("2", "EqCD"), callItem("b"), output("a"), output("b"),
        ])
        #expect(whole.0 == "enabled" && whole.1 == [])
        let late = try mode([callItem("a"), item("2", "EqCD"), callItem("b"), output("a"), output("b")])
        #expect(late.0 == "disabled" && late.1 == ["reasoning:history"])
    }

    // MARK: OpenAI's items

    @Test(
        "C106 C108 several reasoning items of a turn come back before the calls they led to",
        arguments: [WireFormat.openAIChat, .gemini, .anthropicMessages])
    func items(client: WireFormat) throws {
        func reasoning(_ id: String, _ words: String) -> String {
            let summary = words.isEmpty ? "" : #"{"type":"summary_text","text":"\#(words)"}"#
            return #"{"type":"reasoning","id":"\#(id)","summary":[\#(summary)],"encrypted_content":"gAAA\#(id)"}"#
        }
        let items = [
            reasoning("rs_1", "One."), callItem("a"), reasoning("rs_2", ""), reasoning("rs_3", "Three."), callItem("b"),
            callItem("c"), reasoning("rs_4", ""), callItem("d"),
        ]
        let answer =
            #"{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[\#(items.joined(separator: ","))],"usage":{"input_tokens":1,"output_tokens":1}}"#
        let json = try request(
            after: answer, from: .openAIResponses, client: client, isStreaming: false, calls: ["a", "b", "c", "d"])
        let (body, losses) = try asked(json, from: client, of: .openAIResponses)
        let sent = body["input"]?.elements.map(\.rawText) ?? []
        #expect(Array(sent.dropFirst().prefix(items.count)) == items)
        #expect(losses == [])
    }

    @Test("C106 C108 the items of a Responses client that are not passed on keep their order too")
    func itemsOfTheirOwnClient() throws {
        let items = [
            #"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA1"}"#, callItem("a"),
            #"{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAA2"}"#, callItem("b"), output("a"),
            output("b"), #"{"type":"reasoning","id":"rs_3","summary":[],"encrypted_content":"gAAA3"}"#, callItem("c"),
            output("c"),
        ]
        let result = try responses(
            #""input":[\#(items.joined(separator: ","))]"#, to: .openAIResponses, model: "gpt-5.6")
        #expect(result.items == items)
        #expect(result.losses == [])
    }

    @Test(
        "C115 Gemini's signatures keep to their calls through every client",
        arguments: [
            (WireFormat.openAIChat, false), (.openAIChat, true), (.openAIResponses, false), (.openAIResponses, true),
            (.anthropicMessages, false),
        ])
    func signatures(client: WireFormat, isStreaming: Bool) throws {
        let parts = [
            #"{"text":"One.","thought":true}"#,
            #"{"functionCall":{"id":"a","name":"t","args":{}},"thoughtSignature":"c2lnMQ=="}"#,
            #"{"functionCall":{"id":"b","name":"t","args":{}}}"#,
            #"{"functionCall":{"id":"c","name":"t","args":{}},"thoughtSignature":"c2lnMg=="}"#,
        ]
        let whole =
            #"{"candidates":[{"index":0,"content":{"role":"model","parts":[\#(parts.joined(separator: ","))]},"finishReason":"STOP"}],"responseId":"r"}"#
        let answer = isStreaming ? GeminiStreamTests.stream(parts.map { ($0, nil) } + [("", "STOP")]) : whole
        let json = try request(
            after: answer, from: .gemini, client: client, isStreaming: isStreaming, calls: ["a", "b", "c"])
        let (body, _) = try asked(json, from: client, of: .gemini)
        let calls = body.value(at: "contents.1.parts")?.elements.filter { $0["functionCall"] != nil } ?? []
        #expect(calls.map { $0["thoughtSignature"]?.string } == ["c2lnMQ==", nil, "c2lnMg=="])
        #expect(calls.compactMap { $0.value(at: "functionCall.id")?.string } == ["a", "b", "c"])
    }
}

extension JSONText {
    /// As a JSON string.
    fileprivate var quoted: String { "\"" + String(decoding: escaped, as: UTF8.self) + "\"" }
}
