import OmniJSON
import OmniTranslate
import Testing

/// Roles and turns: the normalisation rules of spec B.2 and rows C130 to C142.
@Suite struct TurnOrderTests: RequestWording {
    private func message(_ role: String, _ words: String) -> String { #"{"role":"\#(role)","content":"\#(words)"}"# }

    private func messages(_ list: String...) -> String { #""messages":[\#(list.joined(separator: ","))]"# }

    private func reminder(_ words: String) -> String { text(#"<system-reminder>\n\#(words)\n</system-reminder>"#) }

    @Test("rule 1: turns of one speaker are merged for Anthropic, kept for chat")
    func mergedTurns() throws {
        let list = messages(
            message("user", "a"), message("user", "b"), message("assistant", "c"), message("assistant", "d"), user)
        let anthropic = try chatToAnthropic(list)
        #expect(
            anthropic.member("messages")
                == "[\(turn("user", text("a"), text("b"))),\(turn("assistant", text("c"), text("d"))),\(turn("user", text("hi")))]"
        )
        #expect(try anthropicToChat(list).member("messages").map { #""messages":"# + $0 } == list)
    }

    @Test("C130 blank text is left out", arguments: ["", " ", #"\n\t "#])
    func blankText(blank: String) throws {
        let list = messages(
            turn("user", text("hi"), text(blank)), turn("assistant", text(blank)), turn("user", text("go")))
        #expect(try chatToAnthropic(list).member("messages") == "[\(turn("user", text("hi"), text("go")))]")
        #expect(try anthropicToChat(list).member("messages") == "[\(user),\(message("user", "go"))]")
    }

    @Test("a conversation of blanks, which OpenAI answers and Anthropic refuses")
    func nothingToAnswer() throws {
        for words in ["", " "] {
            let list = messages(message("user", words))
            #expect(try chatToAnthropic(list).member("messages") == "[\(turn("user", text("(continue)")))]")
            let error = translationFailure { try anthropicToChat(list) }
            #expect(error?.code == .invalid && error?.path == "messages")
        }
        let orphan = try chatToAnthropic(messages(chatResult("a", "")))
        #expect(orphan.member("messages") == "[\(turn("user", text("(continue)")))]")
    }

    @Test("C131 C133 contents of an assistant that calls", arguments: [#","content":"""#, #","content":null"#, ""])
    func contentOfCaller(content: String) throws {
        let call = chatCall("a")
        let list = messages(user, #"{"role":"assistant"\#(content),"tool_calls":[\#(call)]}"#, chatResult("a", "1"))
        #expect(try chatToAnthropic(list).message(1) == turn("assistant", use("a")))
        #expect(try chatToChat(list).message(1) == #"{"role":"assistant","content":null,"tool_calls":[\#(call)]}"#)
    }

    @Test(
        "C134 rule 6: a final assistant text loses its trailing space where it may stand",
        arguments: [("a ", "a"), (#"a \n\r\t"#, "a"), (#"a\\n"#, #"a\\n"#), (#"a\\\n"#, #"a\\"#), ("a", "a")])
    func prefill(words: String, sent: String) throws {
        let result = try chatToAnthropic(
            messages(user, message("assistant", words)), model: "claude-sonnet-4-5")
        #expect(result.message(1) == turn("assistant", text(sent)))
        #expect(result.messageCount == 2)
        #expect(result.losses.isEmpty)
    }

    @Test("rule 6: models that refuse a prefill are asked to go on")
    func refusedPrefill() throws {
        let list = messages(user, message("assistant", "It is"))
        let result = try chatToAnthropic(list)
        #expect(result.message(2) == turn("user", text("Continue from exactly where you stopped.")))
        #expect(result.losses == ["assistant_prefill:instructed"])
        #expect(translationFailure { try chatToAnthropic(list, isStrict: true) }?.path == "assistant_prefill")
        #expect(try anthropicToChat(list).message(1) == message("assistant", "It is"))
    }

    @Test("C137 rule 5: a history that starts with the assistant gets a user before it")
    func startsWithAssistant() throws {
        let result = try chatToAnthropic(messages(message("assistant", "Hello"), user))
        #expect(result.message(0) == turn("user", text("(continue)")))
        #expect(result.messageCount == 3)
    }

    @Test("C138 instructions alone become the user's words", arguments: ["system", "developer"])
    func instructionsOnly(role: String) throws {
        let result = try chatToAnthropic(messages(message(role, "A"), message(role, "B")))
        #expect(result.member("system") == nil)
        #expect(result.member("messages") == "[\(turn("user", text("A"), text("B")))]")
    }

    @Test("C139 leading instructions are kept apart and in order")
    func leadingInstructions() throws {
        let list = messages(message("system", "A"), turn("developer", text("B"), text("C")), user)
        #expect(try chatToAnthropic(list).member("system") == "[\(text("A")),\(text("B")),\(text("C"))]")
        let chat = try anthropicToChat(#""system":[\#(text("A")),\#(text("B"))],"# + messages(user))
        #expect(chat.message(0) == message("system", #"A\n\nB"#))
    }

    @Test(
        "C140 C141 the role of instructions depends on the endpoint and the model",
        arguments: [
            ("openai", "gpt-5", "developer"), ("openai", "o3", "developer"), ("openai", "gpt-6-luna", "developer"),
            ("openai", "gpt-4o", "system"), ("openrouter", "openai/gpt-5", "system"), ("groq", "llama", "system"),
        ])
    func instructionRole(provider: String, model: String, role: String) throws {
        for sent in ["system", "developer"] {
            let result = try chatToChat(messages(message(sent, "A"), user), model: model, provider: provider)
            #expect(result.message(0) == message(role, "A"))
        }
    }

    @Test("C142 a later instruction is told in place to models without the role, never moved to the front")
    func laterInstruction() throws {
        let list = messages(user, message("assistant", "yes"), message("system", "S"), message("user", "go"))
        let result = try chatToAnthropic(list)
        #expect(result.member("system") == nil)
        #expect(result.message(2) == turn("user", reminder("S"), text("go")))
    }

    @Test(
        "later instructions for models with the role stand only between user and assistant",
        arguments: [
            (["u", "s"], ["u:hi", "s:S"]), (["u", "s", "a", "u"], ["u:hi", "s:S", "a:yes", "u:hi"]),
            (["u", "s", "s"], ["u:hi", "s:S|S"]), (["u", "a", "s", "u"], ["u:hi", "a:yes", "u:R|hi"]),
            (["u", "s", "u"], ["u:hi|R|hi"]), (["u", "a", "s"], ["u:hi", "a:yes", "u:R"]),
            (["u", "a", "s", "a", "u"], ["u:hi", "a:yes", "u:R", "a:yes", "u:hi"]),
        ] as [([String], [String])])
    func instructionTurns(roles: [String], expected: [String]) throws {
        let sent = ["u": user, "a": message("assistant", "yes"), "s": message("system", "S")]
        let list = #""messages":[\#(roles.compactMap { sent[$0] }.joined(separator: ","))]"#
        let result = try chatToAnthropic(list, model: "claude-opus-4-8")
        let turns = result.body["messages"]?.elements.map { element in
            let words = element["content"]?.elements.compactMap { $0["text"]?.string }
                .map { $0.contains("<system-reminder>") ? "R" : $0 }.joined(separator: "|")
            return "\(element["role"]?.string?.prefix(1) ?? ""):\(words ?? "")"
        }
        #expect(turns == expected)
    }

    @Test("an instruction behind an unanswered call waits for the result made up for it")
    func instructionBehindOpenCall() throws {
        let result = try chatToAnthropic(
            messages(user, chatCalls("a"), message("system", "S")), model: "claude-opus-4-8")
        let made =
            #"{"type":"tool_result","tool_use_id":"a","content":"No result: the call was interrupted.","is_error":true}"#
        #expect(result.message(2) == turn("user", made, reminder("S")))
        #expect(result.messageCount == 3)
    }

    @Test("an instruction behind an empty orphan stays in its place")
    func instructionBehindNothing() throws {
        let result = try chatToAnthropic(
            messages(
                user, message("assistant", "yes"), chatResult("x", ""), message("system", "S"),
                message("assistant", "no"), user),
            model: "claude-opus-4-8")
        #expect(result.member("system") == nil)
        #expect(result.message(2) == turn("user", reminder("S")))
    }

    @Test("the accounting line Claude Code puts first never reaches other vendors")
    func billingLine() throws {
        let billing = #"x-anthropic-billing-header: cc_version=1; cch=2"#
        let own = try anthropicToChat(#""system":[\#(text(billing)),\#(text("A"))],"# + messages(user))
        #expect(own.message(0) == message("system", "A"))
        let joined = try anthropicToChat(#""system":"\#(billing)\nA\nB","# + messages(user))
        #expect(joined.message(0) == message("system", #"A\nB"#))
        let chat = try chatToChat(messages(message("system", billing), user))
        #expect(chat.message(0) == message("system", billing))
    }

    @Test("C184 files in the assistant's own turn are shown right after it")
    func fileOfAssistant() throws {
        let file = #"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0x"}}"#
        let result = try chatToAnthropic(messages(user, turn("assistant", text("see"), file), user))
        #expect(result.message(1) == turn("assistant", text("see")))
        let document =
            #"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"},"title":"a.pdf"}"#
        #expect(result.message(2) == turn("user", document, text("hi")))
        let own = try anthropicToAnthropic(
            messages(user, turn("assistant", text("see"), document), user), apiVersion: "2026-10-21")
        #expect(own.message(2) == turn("user", document, text("hi")))
    }

    @Test("names and refusals of chat")
    func namesAndRefusals() throws {
        let list = messages(
            #"{"role":"user","name":"ada","content":"hi"}"#, #"{"role":"assistant","content":null,"refusal":"no"}"#,
            user)
        let anthropic = try chatToAnthropic(list)
        #expect(anthropic.message(0) == turn("user", text("hi")))
        #expect(anthropic.message(1) == turn("assistant", text("no")))
        #expect(anthropic.losses.isEmpty)
        #expect(try chatToChat(list).member("messages").map { #""messages":"# + $0 } == list)
    }
}
