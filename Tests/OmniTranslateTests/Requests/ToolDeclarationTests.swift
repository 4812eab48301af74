import OmniJSON
import OmniTranslate
import Testing

/// Tools and the choice among them: spec rows C029 to C040.
@Suite struct ToolDeclarationTests: RequestWording {
    private func function(_ name: String) -> String { #"{"type":"function","function":{"name":"\#(name)"}}"# }

    private func sentNames(_ result: RequestTranslation) -> [String]? {
        result.body["tools"]?.elements.compactMap { $0["name"]?.string ?? $0["function"]?["name"]?.string }
    }

    private func allowed(_ mode: String, _ names: String...) -> String {
        let tools = names.map(function).joined(separator: ",")
        return #"{"type":"allowed_tools","allowed_tools":{"mode":"\#(mode)","tools":[\#(tools)]}}"#
    }

    @Test(
        "C029 C030 C031 allowed tools filter the list",
        arguments: [
            ("required", "a", ["a"], "any"), ("auto", "a", ["a"], "auto"), ("required", "x", ["a", "b"], "any"),
            ("auto", "x", ["a", "b"], "auto"),
        ])
    func allowedTools(mode: String, name: String, names: [String], choice: String) throws {
        let fields = #""messages":[\#(user)],"tools":[\#(function("a")),\#(function("b"))],"tool_choice":"#
        let anthropic = try chatToAnthropic(fields + allowed(mode, name))
        #expect(sentNames(anthropic) == names)
        #expect(anthropic.member("tool_choice") == #"{"type":"\#(choice)"}"#)
        let other = try chatToChat(fields + allowed(mode, name), provider: "groq")
        #expect(sentNames(other) == names)
        #expect(other.body["tool_choice"]?.string == mode)
    }

    @Test func openAIItselfKnowsAllowedTools() throws {
        let fields = #""messages":[\#(user)],"tools":[\#(function("a")),\#(function("b"))],"tool_choice":"#
        let result = try chatToChat(fields + allowed("required", "b"))
        #expect(sentNames(result) == ["a", "b"])
        #expect(result.member("tool_choice") == allowed("required", "b"))
        #expect(try chatToChat(fields + allowed("auto", "x")).body["tool_choice"]?.string == "auto")
    }

    @Test(
        "C032 C033 only serial calls are said, whatever the choice",
        arguments: [
            ("false", "", #"{"type":"auto","disable_parallel_tool_use":true}"#), ("true", "", nil),
            ("false", #","tool_choice":"required""#, #"{"type":"any","disable_parallel_tool_use":true}"#),
            ("false", #","tool_choice":"none""#, #"{"type":"none"}"#),
            ("true", #","tool_choice":"auto""#, #"{"type":"auto"}"#),
        ] as [(String, String, String?)])
    func parallelCalls(isParallel: String, choice: String, sent: String?) throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user)],"tools":[\#(function("a"))],"parallel_tool_calls":\#(isParallel)\#(choice)"#)
        #expect(result.member("tool_choice") == sent)
        #expect(result.losses.isEmpty)
    }

    @Test func serialCallsTowardsChat() throws {
        let tools = #""messages":[\#(user)],"tools":[{"name":"a","input_schema":{"type":"object"}}],"tool_choice":"#
        let serial = try anthropicToChat(tools + #"{"type":"any","disable_parallel_tool_use":true}"#)
        #expect(serial.member("parallel_tool_calls") == "false")
        #expect(serial.body["tool_choice"]?.string == "required")
        let parallel = try anthropicToChat(tools + #"{"type":"tool","name":"a","disable_parallel_tool_use":false}"#)
        #expect(parallel.member("parallel_tool_calls") == nil)
        #expect(parallel.member("tool_choice") == function("a"))
    }

    @Test("C034 C035 without tools there is no choice and no list", arguments: ["", #""tools":[],"#])
    func noTools(tools: String) throws {
        let chat = try anthropicToChat(tools + #""messages":[\#(user)],"tool_choice":{"type":"any"}"#)
        let anthropic = try chatToAnthropic(
            tools + #""messages":[\#(user)],"tool_choice":"auto","parallel_tool_calls":false"#)
        for result in [chat, anthropic] {
            #expect(result.member("tools") == nil)
            #expect(result.member("tool_choice") == nil)
            #expect(result.member("parallel_tool_calls") == nil)
        }
    }

    @Test("C036 tools are kept when none shall be called")
    func noneKeepsTools() throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user),\#(chatCalls("a")),\#(chatResult("a", "1"))],"tools":[\#(function("t"))],"tool_choice":"none""#
        )
        #expect(sentNames(result) == ["t"])
        #expect(result.member("tool_choice") == #"{"type":"none"}"#)
    }

    @Test("C036 calls in the history are declared where the client left its tools out")
    func historyWithoutTools() throws {
        let calls =
            #"{"role":"assistant","tool_calls":[\#(chatCall("a")),\#(chatCall("b")),{"id":"c","type":"function","#
            + #""function":{"name":"my.tool","arguments":"{}"}}]}"#
        let result = try chatToAnthropic(
            #""messages":[\#(user),\#(calls),\#(chatResult("a", "1")),\#(chatResult("b", "2"))],"#
                + #""parallel_tool_calls":false"#)
        let sent = try #require(result.encoded.renamedTools.first { $0.value == "my.tool" }?.key)
        #expect(
            result.member("tools")
                == #"[{"name":"t","input_schema":{"type":"object"}},"#
                + #"{"name":"\#(sent.string)","input_schema":{"type":"object"}}]"#)
        #expect(result.member("tool_choice") == #"{"type":"none"}"#)
        #expect(result.losses.isEmpty)
        let alone = try chatToAnthropic(#""messages":[\#(user),\#(chatResult("a", "1"))]"#)
        #expect(alone.member("tools") == nil && alone.member("tool_choice") == nil)
    }

    @Test("C037 a forced tool gives way to thinking with a budget")
    func forcedToolWithThinking() throws {
        let fields =
            #""messages":[\#(user)],"tools":[\#(function("t"))],"tool_choice":"required","reasoning_effort":"low""#
        let manual = try chatToAnthropic(fields, model: "claude-sonnet-4-5")
        #expect(manual.member("tool_choice") == #"{"type":"auto"}"#)
        #expect(manual.losses == ["tool_choice:thinking"])
        let adaptive = try chatToAnthropic(fields)
        #expect(adaptive.member("tool_choice") == #"{"type":"any"}"#)
        #expect(adaptive.losses.isEmpty)
    }

    @Test("C038 a tool without parameters", arguments: ["", #","parameters":null"#, #","parameters":{}"#])
    func noParameters(parameters: String) throws {
        let tools = #""messages":[\#(user)],"tools":[{"type":"function","function":{"name":"t"\#(parameters)}}]"#
        #expect(
            try chatToAnthropic(tools).member("tools")
                == #"[{"name":"t","input_schema":{"type":"object","properties":{}}}]"#)
        let sent = parameters.hasSuffix("{}") ? parameters : ""
        #expect(
            try chatToChat(tools).member("tools") == #"[{"type":"function","function":{"name":"t"\#(sent)}}]"#)
    }

    @Test("C040 a free-text tool becomes a function of one string, in its history too")
    func customTool() throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user),{"role":"assistant","tool_calls":[{"id":"a","type":"custom","#
                + #""custom":{"name":"sql","input":"select \"1\""}}]}],"#
                + #""tools":[{"type":"custom","custom":{"name":"sql","description":"Run","format":{"type":"text"}}}]"#)
        #expect(
            result.member("tools")
                == #"[{"name":"sql","description":"Run","input_schema":{"type":"object","properties":{"input":"#
                + #"{"type":"string"}},"required":["input"]}}]"#)
        #expect(
            result.message(1)
                == turn("assistant", #"{"type":"tool_use","id":"a","name":"sql","input":{"input":"select \"1\""}}"#))
        #expect(result.losses == ["tools.custom:wrapped"])
    }

    @Test func aNamedFreeTextToolIsNamedAsOne() throws {
        let custom = #"{"type":"custom","custom":{"name":"sql"}}"#
        let result = try chatToChat(#""messages":[\#(user)],"tools":[\#(custom)],"tool_choice":\#(custom)"#)
        #expect(result.member("tool_choice") == custom)
        #expect(result.member("tools") == "[\(custom)]")
    }

    @Test func strictToolsForAnthropicGetItsSubsetOfSchemas() throws {
        let parameters =
            #"{"type":"object","properties":{"q":{"type":"string","minLength":1}},"required":["q"],"additionalProperties":false}"#
        let fields =
            #""messages":[\#(user)],"tools":[{"type":"function","function":{"name":"t","parameters":\#(parameters),"strict":true}}]"#
        let strict = try chatToAnthropic(fields)
        #expect(
            strict.member("tools")
                == #"[{"name":"t","input_schema":{"type":"object","properties":{"q":{"type":"string","#
                + #""description":"{minLength: 1}"}},"required":["q"],"additionalProperties":false},"strict":true}]"#)
        #expect(strict.losses.isEmpty)
        let old = try chatToAnthropic(fields, model: "claude-3-5-haiku-latest")
        #expect(old.member("tools") == #"[{"name":"t","input_schema":\#(parameters)}]"#)
        #expect(old.losses == ["tools.strict:unsupported"])
    }

    @Test(
        "tools whose arguments strict mode would take away are sent as they are, without it",
        arguments: [
            #"{"type":"object","properties":{"headers":{"type":"object","description":"HTTP headers"}}}"#,
            ##"{"type":"object","properties":{"n":{"$ref":"#/$defs/N"}},"required":["n"],"additionalProperties":false,"$defs":{"N":{"type":"object","properties":{"k":{"type":"array","items":{"$ref":"#/$defs/N"}}},"required":["k"],"additionalProperties":false}}}"##,
            #"{"type":"object"}"#,
        ])
    func toolsUnfitForStrict(parameters: String) throws {
        let fields =
            #""messages":[\#(user)],"tools":[{"type":"function","function":{"name":"t","parameters":\#(parameters),"strict":true}}]"#
        let result = try chatToAnthropic(fields)
        #expect(result.member("tools") == #"[{"name":"t","input_schema":\#(parameters)}]"#)
        #expect(result.losses == ["tools.strict:unsupported"])
        #expect(translationFailure { try chatToAnthropic(fields, isStrict: true) }?.path == "tools.strict")
    }

    @Test("a strict tool without arguments stays strict")
    func strictWithoutArguments() throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user)],"tools":[{"type":"function","function":{"name":"t","parameters":{"type":"object","properties":{}},"strict":true}}]"#,
            isStrict: true)
        #expect(
            result.member("tools")
                == #"[{"name":"t","input_schema":{"type":"object","properties":{},"additionalProperties":false},"strict":true}]"#
        )
    }

    @Test(
        "strict towards OpenAI only where its rules are met",
        arguments: [
            (
                #"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
                true
            ),
            (
                #"{"type":"object","properties":{"a":{"type":"string"}},"required":[],"additionalProperties":false}"#,
                false
            ),
            (#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#, false),
            (
                #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"object"}}},"required":["a"],"additionalProperties":false}"#,
                false
            ),
        ])
    func strictTowardsOpenAI(schema: String, isStrict: Bool) throws {
        let result = try anthropicToChat(
            #""messages":[\#(user)],"tools":[{"name":"t","input_schema":\#(schema),"strict":true}]"#)
        let function = result.body["tools"]?.elements.map { $0 }.first?["function"]
        #expect(function?["strict"]?.bool == (isStrict ? true : nil))
        #expect(result.losses == (isStrict ? [] : ["tools.strict:unenforced"]))
    }

    @Test func furtherFieldsOfADeclarationAreReportedOrKept() throws {
        let tool =
            #"{"name":"t","input_schema":{"type":"object"},"input_examples":[{}],"eager_input_streaming":true,"#
            + #""defer_loading":true}"#
        let chat = try anthropicToChat(#""messages":[\#(user)],"tools":[\#(tool)]"#)
        #expect(chat.losses == ["tools.input_examples:unsupported", "tools.defer_loading:unsupported"])
        let anthropic = try anthropicToAnthropic(#""messages":[\#(user)],"tools":[\#(tool)]"#)
        #expect(anthropic.member("tools") == "[\(tool)]")
        #expect(anthropic.losses.isEmpty)
    }

    @Test(
        "tools Claude knows by type become functions elsewhere",
        arguments: [
            ("bash_20250124", "bash"), ("text_editor_20250728", "str_replace_based_edit_tool"),
            ("memory_20250818", "memory"),
        ])
    func clientTools(type: String, name: String) throws {
        let result = try anthropicToChat(
            #""messages":[\#(user)],"tools":[{"type":"\#(type)","name":"\#(name)"}],"tool_choice":{"type":"tool","name":"\#(name)"}"#
        )
        let function = try #require(result.body["tools"]?.elements.map { $0 }.first?["function"])
        #expect(function["name"]?.string == name)
        #expect(function["parameters"]?["type"]?.string == "object")
        #expect(function["parameters"]?["properties"]?["command"]?["type"]?.string == "string")
        #expect(result.losses.isEmpty)
    }

    @Test(
        "tools another provider runs are refused",
        arguments: [
            "web_search_20260318", "web_fetch_20260318", "code_execution_20260521", "computer_toolset_20260801",
        ])
    func hostedTools(type: String) {
        let error = translationFailure {
            try anthropicToChat(#""messages":[\#(user)],"tools":[{"type":"\#(type)","name":"x"}]"#)
        }
        #expect(error?.code == .unsupported)
        #expect(error?.path == "tools")
    }
}
