import OmniJSON
import OmniTranslate
import Testing

/// How much is thought and how it is asked for: spec A.9 and rows C117 to C123.
@Suite struct ReasoningEffortTests: RequestWording {
    @Test(
        "A.9 effort towards Claude",
        arguments: [
            ("none", "claude-opus-4-8", #"{"type":"disabled"}"#, nil, []),
            ("none", "claude-fable-5", nil, #"{"effort":"low"}"#, ["reasoning_effort:lowest"]),
            ("minimal", "claude-opus-4-8", #"{"type":"adaptive","display":"summarized"}"#, #"{"effort":"low"}"#, []),
            ("medium", "claude-fable-5", #"{"type":"adaptive","display":"summarized"}"#, #"{"effort":"medium"}"#, []),
            ("xhigh", "claude-sonnet-4-6", #"{"type":"adaptive","display":"summarized"}"#, #"{"effort":"high"}"#, []),
            ("xhigh", "claude-opus-4-7", #"{"type":"adaptive","display":"summarized"}"#, #"{"effort":"xhigh"}"#, []),
            ("max", "claude-opus-5-5", #"{"type":"adaptive","display":"summarized"}"#, #"{"effort":"max"}"#, []),
            ("none", "claude-sonnet-4-5", #"{"type":"disabled"}"#, nil, []),
            ("minimal", "claude-sonnet-4-5", #"{"type":"enabled","budget_tokens":1024}"#, nil, []),
            ("low", "claude-sonnet-4-5", #"{"type":"enabled","budget_tokens":2048}"#, nil, []),
            ("medium", "claude-3-7-sonnet", #"{"type":"enabled","budget_tokens":8192}"#, nil, []),
            ("high", "claude-haiku-4-5", #"{"type":"enabled","budget_tokens":16384}"#, nil, []),
            ("low", "claude-3-5-haiku-latest", nil, nil, ["reasoning_effort:unsupported"]),
        ] as [(String, String, String?, String?, [String])])
    func towardsClaude(effort: String, model: String, thinking: String?, output: String?, losses: [String]) throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user)],"reasoning_effort":"\#(effort)""#, model: model, maxOutput: 64000)
        #expect(result.member("thinking") == thinking)
        #expect(result.member("output_config") == output)
        #expect(result.losses == losses)
    }

    @Test(
        "A.9 thinking towards chat",
        arguments: [
            (#"{"type":"disabled"}"#, "gpt-5.1", "none", []),
            (#"{"type":"disabled"}"#, "gpt-5", "minimal", ["thinking:lowest"]),
            (#"{"type":"disabled"}"#, "o3", "low", ["thinking:lowest"]), (#"{"type":"disabled"}"#, "gpt-4o", nil, []),
            (#"{"type":"adaptive"}"#, "gpt-5", nil, []),
            (#"{"type":"adaptive"}"#, "gpt-4o", nil, ["thinking:unsupported"]),
            (#"{"type":"between_tools"}"#, "gpt-5", nil, ["thinking:unsupported"]),
            (#"{"type":"enabled","budget_tokens":1023}"#, "gpt-5", "minimal", []),
            (#"{"type":"enabled","budget_tokens":1023}"#, "o3", "low", []),
            (#"{"type":"enabled","budget_tokens":1024}"#, "gpt-5", "low", []),
            (#"{"type":"enabled","budget_tokens":4096}"#, "gpt-5", "medium", []),
            (#"{"type":"enabled","budget_tokens":12288}"#, "gpt-5", "high", []),
            (#"{"type":"enabled","budget_tokens":24576}"#, "gpt-5", "high", []),
            (#"{"type":"enabled","budget_tokens":24576}"#, "gpt-5.2", "xhigh", []),
        ] as [(String, String, String?, [String])])
    func towardsChat(thinking: String, model: String, effort: String?, losses: [String]) throws {
        let result = try anthropicToChat(#""messages":[\#(user)],"thinking":\#(thinking)"#, model: model)
        #expect(result.body["reasoning_effort"]?.string == effort)
        #expect(result.losses == losses)
    }

    @Test(
        "output_config.effort is clamped to what the model lists",
        arguments: [
            ("max", "gpt-6-luna", "max"), ("max", "gpt-5.2", "xhigh"), ("max", "o3", "high"), ("low", "gpt-5", "low"),
        ])
    func effortTowardsChat(effort: String, model: String, sent: String) throws {
        let result = try anthropicToChat(
            #""messages":[\#(user)],"output_config":{"effort":"\#(effort)"}"#, model: model)
        #expect(result.body["reasoning_effort"]?.string == sent)
    }

    @Test(
        "C117 a budget stays below max_tokens",
        arguments: [
            // max_tokens, the model's limit, sent max_tokens, sent budget, what is said
            (4096, 64000, 12288, 8192, ["max_tokens:raised"]), (9000, 64000, 9000, 8192, []),
            (4096, 6000, 6000, 5999, ["max_tokens:raised", "reasoning_effort:clamped"]),
            (1000, 1000, 1000, nil, ["reasoning_effort:limit"]), (nil, 8192, 8192, 8191, ["reasoning_effort:clamped"]),
            (nil, 64000, 64000, 8192, []), (nil, nil, 64000, 8192, []),
        ] as [(Int?, Int?, Int, Int?, [String])])
    func budget(wanted: Int?, limit: Int?, maxTokens: Int, budget: Int?, losses: [String]) throws {
        let maximum = wanted.map { #","max_tokens":\#($0)"# } ?? ""
        let result = try chatToAnthropic(
            #""messages":[\#(user)],"reasoning_effort":"medium"\#(maximum)"#, model: "claude-sonnet-4-5",
            maxOutput: limit)
        #expect(result.body["max_tokens"]?.int == maxTokens)
        #expect(result.body["thinking"]?["budget_tokens"]?.int == budget)
        #expect(result.losses == losses)
    }

    @Test("C118 a budget for a model that only adapts becomes an effort")
    func budgetForAdaptiveModel() throws {
        let result = try anthropicToAnthropic(
            #""messages":[\#(user)],"thinking":{"type":"enabled","budget_tokens":20000}"#, model: "claude-opus-4-8")
        #expect(result.member("thinking") == #"{"type":"adaptive","display":"summarized"}"#)
        #expect(result.member("output_config") == #"{"effort":"high"}"#)
    }

    @Test func anEffortAloneLeavesThinkingToClaudesDefault() throws {
        let result = try anthropicToAnthropic(
            #""messages":[\#(user)],"output_config":{"effort":"low","task_budget":{"total":9}}"#,
            model: "claude-opus-4-8")
        #expect(result.member("thinking") == nil)
        #expect(result.member("output_config") == #"{"effort":"low","task_budget":{"total":9}}"#)
    }

    @Test("C119 a model that cannot but think is told to think little")
    func cannotBeOff() throws {
        let result = try anthropicToAnthropic(
            #""messages":[\#(user)],"thinking":{"type":"disabled"}"#, model: "claude-mythos-5")
        #expect(result.member("thinking") == nil)
        #expect(result.member("output_config") == #"{"effort":"low"}"#)
        #expect(result.losses == ["thinking:lowest"])
    }

    @Test("C121 sampling gives way to thinking")
    func samplingWithThinking() throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user)],"reasoning_effort":"low","temperature":0.5,"top_k":5"#, model: "claude-sonnet-4-5")
        #expect(result.member("temperature") == nil && result.member("top_k") == nil)
        #expect(result.losses == ["temperature:unsupported", "top_k:unsupported"])
    }

    @Test(
        "C123 the text is asked for when the client will show it",
        arguments: [(true, "summarized"), (false, "omitted")])
    func display(isShown: Bool, display: String) throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user)],"reasoning_effort":"low""#, model: "claude-opus-4-8", showsReasoning: isShown)
        #expect(result.body["thinking"]?["display"]?.string == display)
    }

    @Test func aClientThatWantsNoTextGetsNone() throws {
        let result = try anthropicToAnthropic(
            #""messages":[\#(user)],"thinking":{"type":"adaptive","display":"omitted"}"#, model: "claude-opus-4-8")
        #expect(result.body["thinking"]?["display"]?.string == "omitted")
    }

    @Test(
        "an answer that is to be continued begins without thoughts",
        arguments: [
            ("claude-sonnet-4-5", "disabled", ["reasoning_effort:history"]),
            ("claude-3-7-sonnet", "disabled", ["reasoning_effort:history"]),
        ])
    func continuation(model: String, type: String, losses: [String]) throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user),{"role":"assistant","content":"The answer is"}],"reasoning_effort":"medium""#,
            model: model)
        #expect(result.body["thinking"]?["type"]?.string == type)
        #expect(result.losses == losses)
    }

    @Test(
        "a tool loop without its thoughts can think only where the model allows it",
        arguments: [
            ("claude-sonnet-4-5", "disabled", ["reasoning_effort:history"]), ("claude-sonnet-4-6", "adaptive", []),
        ])
    func loopWithoutThoughts(model: String, type: String, losses: [String]) throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user),\#(chatCalls("a")),\#(chatResult("a", "1"))],"reasoning_effort":"low""#, model: model
        )
        #expect(result.body["thinking"]?["type"]?.string == type)
        #expect(result.losses == losses)
    }
}
