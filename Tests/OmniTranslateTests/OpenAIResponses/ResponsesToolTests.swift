import OmniJSON
import OmniTranslate
import Testing

/// Tools, choices and reasoning of Responses requests, both ways.
@Suite struct ResponsesToolTests: RequestWording {
    private let schema = #"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#

    private func chatTool(_ further: String = "") -> String {
        #""messages":[\#(user)],"tools":[{"type":"function","function":{"name":"t","parameters":\#(schema)\#(further)}}]"#
    }

    @Test("C156 a tool without strict is not strict, and says so")
    func strictness() throws {
        func tools(_ fields: String, from origin: WireFormat) throws -> String? {
            try toResponses(fields, from: origin).member("tools")
        }
        let head = #"[{"type":"function","name":"t","parameters":\#(schema),"strict":"#
        #expect(try tools(chatTool(), from: .openAIChat) == head + "false}]")
        #expect(try tools(chatTool(#","strict":true"#), from: .openAIChat) == head + "true}]")
        let claude = #""messages":[\#(user)],"tools":[{"name":"t","input_schema":\#(schema),"strict":true}]"#
        // Anthropic holds to schemas OpenAI would refuse.
        let sent = try toResponses(claude, from: .anthropicMessages)
        #expect(sent.member("tools") == head + "false}]" && sent.losses == ["tools.strict:unenforced"])
        let own = #"{"type":"function","name":"t","parameters":\#(schema)}"#
        #expect(try responses(#""input":"hi","tools":[\#(own)]"#, to: .openAIResponses).member("tools") == "[\(own)]")
        let chat = try responses(#""input":"hi","tools":[\#(own)]"#, to: .openAIChat)
        #expect(chat.member("tools") == #"[{"type":"function","function":{"name":"t","parameters":\#(schema)}}]"#)
    }

    @Test("C156 by silence a Responses client means strict tools where the schema allows it, a Chat client never")
    func strictnessBySilence() throws {
        let fit =
            #"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#
        func tool(_ schema: String, _ further: String = "") -> String {
            #""input":"hi","tools":[{"type":"function","name":"t","parameters":\#(schema)\#(further)}]"#
        }
        func sent(_ fields: String, to target: WireFormat, provider: String) throws -> RequestTranslation {
            try responses(fields, to: target, provider: provider)
        }
        func chat(_ schema: String, _ further: String = "") -> String {
            #"[{"type":"function","function":{"name":"t","parameters":\#(schema)\#(further)}}]"#
        }
        for silence in ["", #","strict":null"#] {
            let own = try sent(tool(fit, silence), to: .openAIChat, provider: "openai")
            #expect(own.member("tools") == chat(fit, #","strict":true"#) && own.losses == [])
            // Other Chat servers are not told what the client did not write.
            let other = try sent(tool(fit, silence), to: .openAIChat, provider: "groq")
            #expect(other.member("tools") == chat(fit) && other.losses == [])
            let unfit = try sent(tool(schema, silence), to: .openAIChat, provider: "openai")
            #expect(unfit.member("tools") == chat(schema) && unfit.losses == [])
            let claude = try sent(tool(fit, silence), to: .anthropicMessages, provider: "anthropic")
            #expect(claude.member("tools")?.contains("strict") == false && claude.losses == [])
        }
        let loose = try sent(tool(fit, #","strict":false"#), to: .openAIChat, provider: "openai")
        #expect(loose.member("tools") == chat(fit, #","strict":false"#))
        let held = try sent(tool(schema, #","strict":true"#), to: .openAIChat, provider: "openai")
        #expect(held.member("tools") == chat(schema) && held.losses == ["tools.strict:unenforced"])
    }

    @Test("C038 a tool without parameters has an empty schema")
    func parameterless() throws {
        let sent = try toResponses(
            #""messages":[\#(user)],"tools":[{"type":"function","function":{"name":"t"}}]"#, from: .openAIChat)
        #expect(
            sent.member("tools")
                == #"[{"type":"function","name":"t","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false},"strict":false}]"#
        )
        let own = try responses(
            #""input":"hi","tools":[{"type":"function","name":"t","parameters":null,"strict":null}]"#, to: .openAIChat)
        #expect(own.member("tools") == #"[{"type":"function","function":{"name":"t"}}]"#)
    }

    @Test("C040 free-text tools keep their grammar in the form of each dialect")
    func customTools() throws {
        let chat = try responses(
            #""input":"hi","tools":[{"type":"custom","name":"t","format":{"type":"grammar","syntax":"lark","definition":"start: /a/"}}]"#,
            to: .openAIChat)
        #expect(
            chat.member("tools")
                == #"[{"type":"custom","custom":{"name":"t","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: /a/"}}}}]"#
        )
        let back = try toResponses(
            #""messages":[\#(user)],"tools":[{"type":"custom","custom":{"name":"t","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: /a/"}}}}],"tool_choice":{"type":"custom","custom":{"name":"t"}}"#,
            from: .openAIChat)
        #expect(
            back.member("tools")
                == #"[{"type":"custom","name":"t","format":{"type":"grammar","syntax":"lark","definition":"start: /a/"}}]"#
        )
        #expect(back.member("tool_choice") == #"{"type":"custom","name":"t"}"#)
        let claude = try responses(
            #""input":"hi","tools":[{"type":"custom","name":"t"}]"#, to: .anthropicMessages)
        #expect(claude.losses == ["tools.custom:wrapped"])
    }

    @Test("C040 calls of wrapped free-text tools come back as free text")
    func wrappedTools() throws {
        let sent = try responses(#""input":"hi","tools":[{"type":"custom","name":"t"}]"#, to: .anthropicMessages)
        var context = TranslationContext.sample()
        context.customTools = sent.encoded.customTools
        let call = #"{"type":"tool_use","id":"c1","name":"t","input":{"input":"select \"1\""}}"#
        let whole = try translated(
            #"{"id":"msg_1","type":"message","content":[\#(call)],"stop_reason":"tool_use"}"#,
            from: .anthropicMessages, to: .openAIResponses, context: context)
        let item = try #require(whole.body["output"]?.elements.first { _ in true })
        #expect(item["type"]?.string == "custom_tool_call" && item["input"]?.string == #"select "1""#)
        #expect(item["call_id"]?.string == "c1" && item["id"]?.string?.hasPrefix("ctc_") == true)
        let run = PairRun(
            StreamSample.anthropic(
                StreamSample.messageStart,
                StreamSample.blockStart(0, #"{"type":"tool_use","id":"c1","name":"t","input":{}}"#),
                StreamSample.blockDelta(
                    0, #"{"type":"input_json_delta","partial_json":"{\"input\":\"select 1\"}"}"#),
                StreamSample.blockStop(0), StreamSample.messageDelta("tool_use"), StreamSample.messageStop),
            from: .anthropicMessages, to: .openAIResponses, context: context)
        let grammar = ResponsesGrammar(run)
        #expect(grammar.problems == [] && grammar.items.count == 1)
        #expect(grammar.items[0].contains(#""type":"custom_tool_call""#))
        #expect(grammar.items[0].contains(#""input":"select 1""#))
    }

    @Test("C107 envelopes go from a passed body, every other byte stays")
    func envelopesInPassedBodies() throws {
        func removed(_ body: String) throws -> String {
            let value = try JSONValue(parsing: Array(body.utf8))
            var patch = JSONPatch(value)
            EnvelopeRemoval.remove(from: value, patch: &patch)
            return String(decoding: patch.applied(), as: UTF8.self)
        }
        let own = #"{"type":"reasoning", "id":"rs_1","summary":[],"encrypted_content":"gAAA"}"#
        let foreign = #"{"type":"reasoning","summary":[],"encrypted_content":"rtr1.abc"}"#
        let text = #"{"role":"user", "content":"rtr1. is fine"}"#
        #expect(try removed(#"{ "input":[\#(own), \#(foreign), \#(text)]}"#) == #"{ "input":[\#(own),\#(text)]}"#)
        #expect(try removed(#"{ "input":[\#(own), \#(text)]}"#) == #"{ "input":[\#(own), \#(text)]}"#)
    }

    static let choices: [(String, String)] = [
        (#""auto""#, #""auto""#), (#""none""#, #""none""#), (#""required""#, #""required""#),
        (#"{"type":"function","function":{"name":"t"}}"#, #"{"type":"function","name":"t"}"#),
        (
            #"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"t"}}]}}"#,
            #"{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"t"}]}"#
        ),
    ]

    @Test(arguments: choices)
    func toolChoices(chat: String, own: String) throws {
        let sent = try toResponses(chatTool() + #","tool_choice":\#(chat)"#, from: .openAIChat)
        #expect(sent.member("tool_choice") == own)
        let tool = #"{"type":"function","name":"t","parameters":\#(schema)}"#
        let back = try responses(#""input":"hi","tools":[\#(tool)],"tool_choice":\#(own)"#, to: .openAIChat)
        #expect(back.member("tool_choice") == chat)
    }

    @Test func hostedChoicesStayAtHome() throws {
        let fields = #""input":"hi","tools":[{"type":"web_search"}],"tool_choice":{"type":"web_search"}"#
        let own = try responses(fields, to: .openAIResponses)
        #expect(own.member("tool_choice") == #"{"type":"web_search"}"# && own.losses == [])
        let chat = try responses(
            #""input":"hi","tools":[{"type":"function","name":"t","parameters":{}}],"tool_choice":{"type":"mcp","server_label":"s"}"#,
            to: .openAIChat)
        #expect(chat.losses == ["tool_choice:unsupported"])
    }

    @Test("C034 C035 without tools nothing is said of them")
    func withoutTools() throws {
        let sent = try toResponses(
            #""messages":[\#(user)],"tools":[],"tool_choice":"auto","parallel_tool_calls":false"#, from: .openAIChat)
        #expect(sent.member("tools") == nil && sent.member("tool_choice") == nil)
        #expect(sent.member("parallel_tool_calls") == nil)
    }

    @Test func searchOptionsAreATool() throws {
        let fields =
            #""messages":[\#(user)],"web_search_options":{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"country":"FR"}}}"#
        #expect(
            try toResponses(fields, from: .openAIChat).member("tools")
                == #"[{"type":"web_search","search_context_size":"low","user_location":{"type":"approximate","country":"FR"}}]"#
        )
        let error = translationFailure { try toResponses(fields, from: .openAIChat, model: "m", provider: "acme") }
        #expect(error?.path == "web_search_options")
    }

    @Test("C026 names the API refuses are replaced, also in choices and history")
    func names() throws {
        let sent = try toResponses(
            #""messages":[\#(user)],"tools":[{"type":"function","function":{"name":"a.b"}}],"tool_choice":{"type":"function","function":{"name":"a.b"}}"#,
            from: .openAIChat)
        let name = try #require(sent.body["tools"]?.elements.first { _ in true }?["name"]?.text)
        #expect(sent.encoded.renamedTools == [name: JSONText("a.b")])
        #expect(sent.body["tool_choice"]?["name"]?.text == name)
    }

    // MARK: Reasoning

    private func thought(_ further: String) -> String {
        #"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}]\#(further)}"#
    }

    private let answer = #"{"role":"assistant","content":"a"}"#

    @Test("C108 C109 a thought goes back with its ciphertext and before what it led to, else not at all")
    func thoughtsAtHome() throws {
        let sealed = thought(#","encrypted_content":"gAAA""#)
        func items(_ items: String...) throws -> RequestTranslation {
            try responses(#""input":[\#(([user] + items + [user]).joined(separator: ","))]"#, to: .openAIResponses)
        }
        let kept = try items(sealed, answer)
        #expect(kept.items[1] == sealed && kept.items.count == 4 && kept.losses == [])
        let bare = try items(thought(""), answer)
        #expect(bare.items.count == 3 && bare.losses == ["input.reasoning:foreign"])
        let alone = try items(sealed)
        #expect(alone.items.count == 2 && alone.losses == ["input.reasoning:unpaired"])
    }

    @Test("C112 thoughts of others are dropped and reported")
    func foreignThoughts() throws {
        for target in [WireFormat.openAIChat, .anthropicMessages] {
            let sent = try responses(
                #""input":[\#(user),\#(thought(#","encrypted_content":"gAAA""#)),\#(answer),\#(user)]"#, to: target)
            #expect(sent.messageCount == 3 && sent.losses.count == 1 && sent.losses[0].hasSuffix(":foreign"))
        }
        let chat = try responses(
            #""input":[\#(user),\#(thought("")),\#(answer),\#(user)]"#, to: .openAIChat, model: "deepseek-chat",
            provider: "deepseek")
        #expect(chat.message(1) == #"{"role":"assistant","content":"a","reasoning_content":"Hm."}"#)
    }

    @Test("C106 C107 C112 opaque state survives a client of another dialect and goes to its origin only")
    func roundTrips() throws {
        var context = TranslationContext(model: "gpt-6-luna", provider: "openai")
        context.now = 1
        let answer =
            #"{"id":"resp_1","status":"completed","output":[\#(thought(#","encrypted_content":"gAAA""#)),{"type":"function_call","call_id":"c1","name":"t","arguments":"{}"}]}"#
        let (message, _, _) = try translated(answer, from: .openAIResponses, to: .anthropicMessages, context: context)
        let content = try #require(message["content"]?.rawText)
        let history =
            #""messages":[\#(user),{"role":"assistant","content":\#(content)},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"1"}]}]"#
        let back = try toResponses(history, from: .anthropicMessages, model: "gpt-6-luna")
        #expect(back.items[1] == thought(#","encrypted_content":"gAAA""#))
        #expect(back.losses == [])
        let elsewhere = try toResponses(history, from: .anthropicMessages, model: "m", provider: "acme")
        #expect(elsewhere.losses == ["messages.thinking:foreign"] && elsewhere.items.count == 3)
        let claude = try anthropicToAnthropic(history)
        #expect(!String(decoding: claude.encoded.body, as: UTF8.self).contains("rtr1."))
        #expect(claude.message(1)?.contains("tool_use") == true)
    }

    @Test("C103 C106 Claude's signature comes back through a Responses client")
    func signaturesThroughResponses() throws {
        var context = TranslationContext(model: "claude-sonnet-4-5", provider: "anthropic")
        context.now = 1
        let answer =
            #"{"id":"msg_1","type":"message","content":[{"type":"thinking","thinking":"Hm.","signature":"EqAAA"},{"type":"redacted_thinking","data":"EmBBB"},{"type":"tool_use","id":"c1","name":"t","input":{}}],"stop_reason":"tool_use"}"#
        let (response, _, _) = try translated(answer, from: .anthropicMessages, to: .openAIResponses, context: context)
        let items = try #require(response["output"]).elements.map(\.rawText).joined(separator: ",")
        let history =
            #""input":[\#(user),\#(items),{"type":"function_call_output","call_id":"c1","output":"1"}],"tools":[{"type":"function","name":"t","parameters":{}}]"#
        let back = try responses(history, to: .anthropicMessages, model: "claude-sonnet-4-5")
        #expect(
            back.message(1)?.hasPrefix(
                #"{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"EqAAA"},{"type":"redacted_thinking","data":"EmBBB"},{"type":"tool_use""#
            ) == true)
        #expect(back.losses == [])
        // Never an envelope to OpenAI.
        let own = try responses(history, to: .openAIResponses, model: "gpt-6-luna")
        #expect(!String(decoding: own.encoded.body, as: UTF8.self).contains("rtr1."))
        #expect(own.losses == ["input.reasoning:foreign"])
    }

    static let efforts: [(String, WireFormat, String?, [String])] = [
        (#""reasoning_effort":"low""#, .openAIChat, #"{"effort":"low"}"#, []),
        (#""thinking":{"type":"adaptive"}"#, .anthropicMessages, #"{"summary":"auto"}"#, []),
        (
            #""thinking":{"type":"enabled","budget_tokens":2048}"#, .anthropicMessages,
            #"{"effort":"low","summary":"auto"}"#, []
        ),
        (
            #""thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"high"}"#,
            .anthropicMessages, #"{"effort":"high"}"#, []
        ),
        (#""thinking":{"type":"disabled"}"#, .anthropicMessages, #"{"effort":"none"}"#, []),
        (#""temperature":0.5"#, .openAIChat, nil, ["temperature:unsupported"]),
    ]

    @Test("C118 C162 wishes for reasoning", arguments: efforts)
    func reasoning(fields: String, origin: WireFormat, expected: String?, losses: [String]) throws {
        let sent = try toResponses(#""messages":[\#(user)],\#(fields)"#, from: origin, model: "gpt-6-luna")
        #expect(sent.member("reasoning") == expected && sent.losses == losses)
    }

    @Test func reasoningAtHomeKeepsItsFurtherFields() throws {
        let own = try responses(
            #""input":"hi","reasoning":{"effort":"max","summary":"detailed","context":"auto"}"#, to: .openAIResponses,
            model: "gpt-5.1")
        #expect(own.member("reasoning") == #"{"effort":"high","summary":"detailed","context":"auto"}"#)
        let claude = try responses(
            #""input":"hi","reasoning":{"effort":"high"}"#, to: .anthropicMessages, model: "claude-opus-4-8")
        #expect(claude.member("output_config") == #"{"effort":"high"}"#)
    }

    @Test("C110 ciphertext is asked of reasoning models only, and when nothing is stored")
    func ciphertext() throws {
        func include(_ fields: String, _ model: String) throws -> String? {
            try toResponses(#""messages":[\#(user)]\#(fields)"#, from: .openAIChat, model: model).member("include")
        }
        #expect(try include("", "gpt-6-luna") == #"["reasoning.encrypted_content"]"#)
        #expect(try include("", "gpt-4o") == nil)
        #expect(try include(#","store":true"#, "gpt-6-luna") == nil)
    }
}
