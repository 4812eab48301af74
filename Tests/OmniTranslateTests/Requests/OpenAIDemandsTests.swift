import OmniJSON
import OmniTranslate
import Testing

/// What OpenAI's interfaces demand of a conversation and others do not.
@Suite struct OpenAIDemandsTests: RequestWording {
    private func ids(_ result: RequestTranslation) -> [String] {
        if let input = result.body["input"] { return input.elements.compactMap { $0["call_id"]?.string } }
        return result.body["messages"]?.elements.flatMap { message in
            (message["tool_calls"]?.elements.compactMap { $0["id"]?.string } ?? [])
                + (message["tool_call_id"]?.string.map { [$0] } ?? [])
        } ?? []
    }

    private func translated(_ messages: String, to target: WireFormat) throws -> RequestTranslation {
        try RequestTranslation(
            #"{"model":"m","messages":[\#(messages)]}"#, from: .openAIChat, to: target, model: "gpt-4o",
            provider: "openai")
    }

    @Test(
        "a call's id that comes again gets a number, and so do its results",
        arguments: [WireFormat.openAIChat, .openAIResponses])
    func repeatedCalls(target: WireFormat) throws {
        let turn = [chatCalls("c"), chatResult("c", "1")].joined(separator: ",")
        let both = try translated([user, turn, turn].joined(separator: ","), to: target)
        #expect(ids(both) == ["c", "c", "c_1", "c_1"])
        // A number that is taken is not given.
        let taken = [chatCalls("c_1"), chatResult("c_1", "0"), turn, turn].joined(separator: ",")
        #expect(ids(try translated("\(user),\(taken)", to: target)) == ["c_1", "c_1", "c", "c", "c_2", "c_2"])
        let parallel = [chatCalls("c", "c"), chatResult("c", "1"), chatResult("c", "2")].joined(separator: ",")
        let result = try translated("\(user),\(parallel)", to: target)
        #expect(ids(result) == ["c", "c_1", "c", "c_1"])
        let outputs =
            result.body["input"]?.elements.compactMap { $0["output"]?.string }
            ?? result.body["messages"]?.elements.filter { $0["tool_call_id"] != nil }.compactMap {
                $0["content"]?.string
            }
        #expect(outputs == ["1", "2"])
        // A call nobody answered does not take the answer of the next one.
        let open = [chatCalls("c"), user, chatCalls("c"), chatResult("c", "late")].joined(separator: ",")
        let late = try translated("\(user),\(open)", to: target)
        #expect(ids(late) == ["c", "c", "c_1", "c_1"])
        // What the beginning becomes does not depend on what follows it.
        let once = try translated("\(user),\(turn)", to: target)
        let name: StaticString = target == .openAIChat ? "messages" : "input"
        let (short, long) = (once.member(name) ?? "", both.member(name) ?? "")
        #expect(!short.isEmpty && long.hasPrefix(short.dropLast()))
    }

    private func object(_ system: String?, _ words: String, to target: WireFormat) throws -> RequestTranslation {
        let instruction = system.map { #""systemInstruction":{"parts":[{"text":"\#($0)"}]},"# } ?? ""
        return try RequestTranslation(
            #"{\#(instruction)"model":"m","contents":[{"parts":[{"text":"\#(words)"}]}],"#
                + #""generationConfig":{"responseMimeType":"application/json"}}"#,
            from: .gemini, to: target, model: "gpt-4o", provider: "openai")
    }

    @Test("JSON as the format is asked for in words as well")
    func wordJSON() throws {
        let sentence = "Reply with one JSON object and nothing else."
        let chat = try object(nil, "Name three colours", to: .openAIChat)
        #expect(chat.message(0) == #"{"role":"system","content":"\#(sentence)"}"#)
        #expect(chat.losses == [])
        let after = try object("Be brief", "Name three colours", to: .openAIChat)
        #expect(after.message(0) == #"{"role":"system","content":"Be brief\n\n\#(sentence)"}"#)
        #expect(after.messageCount == 2)
        let responses = try object("Be brief", "Name three colours", to: .openAIResponses)
        #expect(responses.body["instructions"]?.string == "Be brief\n\n\(sentence)")
        for (system, words) in [("Answer in Json", "x"), (nil, "give me json")] as [(String?, String)] {
            #expect(!(try object(system, words, to: .openAIChat).body.rawText.contains(sentence)))
        }
        // OpenAI's own clients are told by OpenAI.
        let own = try chatToChat(#""messages":[\#(user)],"response_format":{"type":"json_object"}"#)
        #expect(own.messageCount == 1)
    }

    @Test(
        "tools may be flat, as other dialects have them",
        arguments: [
            (
                #"{"type":"function","name":"t","description":"d","parameters":{"type":"object","properties":{}}}"#,
                #"[{"name":"t","description":"d","input_schema":{"type":"object","properties":{}}}]"#
            ),
            (
                #"{"name":"t","description":"d","input_schema":{"type":"object","properties":{}}}"#,
                #"[{"name":"t","description":"d","input_schema":{"type":"object","properties":{}}}]"#
            ),
        ])
    func flatTools(tool: String, sent: String) throws {
        #expect(try chatToAnthropic(#""messages":[\#(user)],"tools":[\#(tool)]"#).member("tools") == sent)
    }

    @Test("a flat free-text tool keeps its grammar")
    func flatCustomTool() throws {
        let tool = #"{"type":"custom","name":"p","format":{"type":"grammar","syntax":"lark","definition":"x"}}"#
        #expect(
            try chatToChat(#""messages":[\#(user)],"tools":[\#(tool)]"#).member("tools")
                == #"[{"type":"custom","custom":{"name":"p","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}}}]"#
        )
        let nameless = #""messages":[\#(user)],"tools":[{"type":"function"}]"#
        #expect(translationFailure { try chatToAnthropic(nameless) }?.path == "tools[0].function")
    }

    @Test("a choice among tools keeps free-text tools")
    func allowedTools() throws {
        let tools =
            #""tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"p"}},"#
            + #"{"type":"function","function":{"name":"g"}}],"messages":[\#(user)]"#
        func sent(_ allowed: String) throws -> RequestTranslation {
            try chatToAnthropic(
                #"\#(tools),"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[\#(allowed)]}}"#
            )
        }
        let custom = #"{"type":"custom","custom":{"name":"p"}}"#
        let both = try sent(#"\#(custom),{"type":"function","function":{"name":"g"}}"#)
        #expect(both.body["tools"]?.elements.compactMap { $0["name"]?.string } == ["p", "g"])
        let one = try sent(custom)
        #expect(one.body["tools"]?.elements.compactMap { $0["name"]?.string } == ["p"])
        #expect(try sent(#"{"type":"web_search"}"#).losses.contains("tool_choice:unsupported"))
    }
}
