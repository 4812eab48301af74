import OmniJSON
import Testing

@testable import OmniTranslate

/// Groups of tools (`namespace`), as Codex wraps those of MCP servers, towards dialects without groups and back.
@Suite struct ResponsesToolGroupTests: RequestWording {
    private static let schema = #"{"type":"object","properties":{"p":{"type":"string"}},"required":["p"]}"#
    private static let read = #"{"type":"function","name":"read","description":"Reads.","parameters":\#(schema)}"#
    private static let plain = #"{"type":"function","name":"f","parameters":\#(schema)}"#

    private static func group(_ name: String, _ tools: String..., description: String = "") -> String {
        #"{"type":"namespace","name":"\#(name)","description":"\#(description)","tools":[\#(tools.joined(separator: ","))]}"#
    }

    private static let files = group("mcp__fs", read)
    private static let database = group("mcp__db", read)

    private func call(_ id: String, _ name: String, of group: String, type: String = "function") -> String {
        let input = type == "custom" ? #""input":"x""# : #""arguments":"{}""#
        let head = type == "custom" ? "custom_tool_call" : "function_call"
        return
            #"{"type":"\#(head)","call_id":"\#(id)","name":"\#(name)","namespace":"\#(group)",\#(input)},"#
            + #"{"type":"\#(head)_output","call_id":"\#(id)","output":"ok"}"#
    }

    private func sent(
        _ tools: String..., items: String..., further: String = "", to target: WireFormat = .openAIChat,
        provider: String? = "groq"
    ) throws -> RequestTranslation {
        let input = ([user] + items).joined(separator: ",")
        return try responses(
            #""input":[\#(input)],"tools":[\#(tools.joined(separator: ","))]\#(further)"#, to: target,
            provider: target == .openAIChat ? provider : nil)
    }

    /// The names declared to a Chat server, and those called in its history.
    private func names(_ sent: RequestTranslation) -> [String] {
        sent.body["tools"]?.elements.compactMap { $0["function"]?["name"]?.string } ?? []
    }

    private func called(_ sent: RequestTranslation) -> [String] {
        sent.body["messages"]?.elements.flatMap { $0["tool_calls"]?.elements.map { $0 } ?? [] }
            .compactMap { $0["function"]?["name"]?.string } ?? []
    }

    private func member(_ namespace: JSONText, _ name: JSONText = "read") -> GroupedTool {
        GroupedTool(namespace: namespace, name: name)
    }

    // MARK: Requests

    @Test func toolsOfGroupsAreToolsOfTheirOwn() throws {
        let result = try sent(
            Self.plain, Self.files, Self.database, items: call("c1", "read", of: "mcp__fs"),
            call("c2", "read", of: "mcp__db"))
        #expect(names(result) == ["f", "mcp__fs__read", "mcp__db__read"])
        #expect(called(result) == ["mcp__fs__read", "mcp__db__read"])
        let tool = try #require(result.body["tools"]?.elements.map { $0.rawText }[1])
        #expect(
            tool
                == #"{"type":"function","function":{"name":"mcp__fs__read","description":"Reads.","parameters":\#(Self.schema)}}"#
        )
        #expect(
            result.encoded.groupedTools
                == ["mcp__fs__read": member("mcp__fs"), "mcp__db__read": member("mcp__db")])
        #expect(result.losses == [])
    }

    @Test(arguments: [WireFormat.anthropicMessages, .gemini, .ollama])
    func everyDialectSeesThem(target: WireFormat) throws {
        let result = try sent(Self.files, items: call("c1", "read", of: "mcp__fs"), to: target)
        let body = String(decoding: result.encoded.body, as: UTF8.self)
        #expect(body.contains(#""name":"mcp__fs__read""#) && !body.contains(#""name":"read""#))
        #expect(!body.contains("namespace") && result.encoded.groupedTools.count == 1)
    }

    @Test func aResponsesEndpointGetsTheGroups() throws {
        let own = call("c1", "read", of: "mcp__fs", type: "custom")
        let result = try sent(Self.files, items: own, to: .openAIResponses)
        #expect(result.member("tools") == "[\(Self.files)]" && result.encoded.groupedTools.isEmpty)
        #expect(result.items.contains { $0.contains(#""name":"read","namespace":"mcp__fs""#) })
    }

    @Test func whatAGroupIsForCannotBeSaid() throws {
        let described = Self.group("g", Self.read, description: "Files.")
        #expect(try sent(described).losses == ["tools.namespace:flattened"])
        #expect(
            translationFailure {
                try responses(#""input":"x","tools":[\#(described)]"#, to: .openAIChat, isStrict: true)
            }?.path == "tools.namespace")
    }

    @Test func theSeparatorStandsOnce() throws {
        #expect(names(try sent(Self.group("mcp__fs__", Self.read))) == ["mcp__fs__read"])
        // The group that OpenAI puts tools without a group in.
        let result = try sent(Self.group("functions", Self.read), items: call("c1", "read", of: "functions"))
        #expect(names(result) == ["read"] && called(result) == ["read"])
        #expect(result.encoded.groupedTools == ["read": member("functions")])
    }

    @Test func namesThatAreTakenAreToldApart() throws {
        let taken = #"{"type":"function","name":"mcp__fs__read","parameters":\#(Self.schema)}"#
        let result = try sent(Self.files, taken, items: call("c1", "read", of: "mcp__fs"))
        #expect(names(result).count == 2 && names(result)[1] == "mcp__fs__read")
        #expect(names(result)[0].hasPrefix("mcp__fs__read_") && called(result) == [names(result)[0]])
        #expect(result.encoded.groupedTools[JSONText(names(result)[0])] == member("mcp__fs"))

        let alike = try sent(Self.files, Self.group("mcp__fs__", Self.read))
        #expect(names(alike)[0] == "mcp__fs__read" && Set(names(alike)).count == 2)
        #expect(Set(alike.encoded.groupedTools.values) == [member("mcp__fs"), member("mcp__fs__")])
    }

    @Test func longNamesAreCutAndGivenBack() throws {
        let space = String(repeating: "g", count: 70)
        let result = try sent(Self.group(space, Self.read))
        let name = try #require(names(result).first)
        #expect(name.utf8.count == 64)
        let own = try #require(result.encoded.renamedTools[JSONText(name)])
        #expect(result.encoded.groupedTools[own] == member(JSONText(space)))
    }

    @Test("what is called stays called so when the conversation goes on")
    func prefixes() throws {
        let first = call("c1", "read", of: "gone")
        let short = try sent(Self.files, items: first)
        let long = try sent(
            Self.files, items: first, call("c2", "read", of: "gone__"), call("c3", "read", of: "mcp__fs"))
        #expect(called(short) == ["gone__read"] && called(long).first == "gone__read")
        #expect(Set(called(long)).count == 3 && called(long).last == "mcp__fs__read")
        for index in 0..<short.messageCount { #expect(short.message(index) == long.message(index)) }
        #expect(long.member("tools") == short.member("tools"))
    }

    @Test func freeTextToolsOfGroups() throws {
        let group = Self.group("edit", #"{"type":"custom","name":"patch"}"#)
        let item = call("c1", "patch", of: "edit", type: "custom")
        let result = try sent(group, items: item)
        #expect(result.encoded.customTools == ["edit__patch"])
        #expect(names(result) == ["edit__patch"] && called(result) == ["edit__patch"])
        let own = try sent(group, items: item, provider: "openai")
        #expect(own.member("tools") == #"[{"type":"custom","custom":{"name":"edit__patch"}}]"#)
    }

    static let choices: [(String, String)] = [
        (#"{"type":"function","name":"f"}"#, #"{"type":"function","function":{"name":"f"}}"#),
        (#"{"type":"function","name":"write"}"#, #"{"type":"function","function":{"name":"mcp__fs__write"}}"#),
        // Of two with one name either will do.
        (
            #"{"type":"function","name":"read"}"#,
            #"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"mcp__fs__read"}},{"type":"function","function":{"name":"mcp__db__read"}}]}}"#
        ),
        (
            #"{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"},{"type":"namespace","name":"mcp__db"}]}"#,
            #"{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"mcp__db__read"}}]}}"#
        ),
        (#""required""#, #""required""#),
    ]

    @Test(arguments: choices)
    func choicesNameToolsOfGroups(own: String, chat: String) throws {
        let write = #"{"type":"function","name":"write","parameters":\#(Self.schema)}"#
        let result = try sent(
            Self.plain, Self.group("mcp__fs", Self.read, write), Self.database, further: #","tool_choice":\#(own)"#,
            provider: "openai")
        #expect(result.member("tool_choice") == chat)
    }

    // MARK: Tools of the conversation

    @Test func toolsThatCameLaterAreDeclared() throws {
        let further = #"{"type":"additional_tools","role":"developer","tools":[\#(Self.plain),\#(Self.files)]}"#
        for tools in [[], [Self.database], [Self.plain, Self.database]] {
            let result = try responses(
                #""input":[\#(user),\#(further),\#(call("c1", "read", of: "mcp__fs"))],"tools":[\#(tools.joined(separator: ","))]"#,
                to: .openAIChat, provider: "groq")
            #expect(Set(names(result)) == Set(["f", "mcp__fs__read"] + (tools.isEmpty ? [] : ["mcp__db__read"])))
            #expect(names(result).count == Set(names(result)).count)
            #expect(called(result) == ["mcp__fs__read"] && result.messageCount == 3 && result.losses == [])
        }
        let own = try sent(items: further, to: .openAIResponses)
        #expect(own.items.contains(further))
    }

    @Test func whatASearchCouldFindIsShownAtOnce() throws {
        let deferred = #"{"type":"function","name":"read","defer_loading":true,"parameters":\#(Self.schema)}"#
        let found =
            #"{"type":"tool_search_call","execution":"server","arguments":{"paths":["g"]},"status":"completed"},"#
            + #"{"type":"tool_search_output","execution":"server","status":"completed","tools":[\#(Self.group("g", deferred)),\#(Self.plain)]}"#
        let result = try sent(
            #"{"type":"tool_search"}"#, Self.group("g", deferred), items: found, call("c1", "read", of: "g"))
        #expect(names(result) == ["g__read", "f"] && called(result) == ["g__read"])
        #expect(
            result.losses == [
                "tools.tool_search:expanded", "input.tool_search_call:unsupported",
                "input.tool_search_output:unsupported", "tools.defer_loading:unsupported",
            ])
        // What the client would search itself, nobody else can ask it for.
        let own = translationFailure { try sent(#"{"type":"tool_search","execution":"client"}"#, Self.files) }
        #expect(own?.code == .unsupported && own?.path == "tools")
    }

    static let malformed: [(String, String)] = [
        (#"{"type":"namespace","tools":[]}"#, "tools.name"),
        (#"{"type":"namespace","name":"g","tools":{}}"#, "tools.tools"),
        (#"{"type":"namespace","name":"g","tools":[{"type":"function"}]}"#, "tools.tools[0].name"),
        (#"{"type":"namespace","name":"g","tools":[{"type":"web_search"}]}"#, "tools"),
    ]

    @Test(arguments: malformed)
    func brokenGroupsAreRefused(group: String, path: String) {
        #expect(translationFailure { try sent(group) }?.path == path)
    }

    // MARK: Answers

    private func context(_ result: RequestTranslation) -> TranslationContext {
        var context = TranslationContext.sample()
        context.renamedTools = result.encoded.renamedTools
        context.customTools = result.encoded.customTools
        context.groupedTools = result.encoded.groupedTools
        return context
    }

    private static let chatCalls =
        #"{"index":0,"id":"a","type":"function","function":{"name":"mcp__fs__read","arguments":"{\"p\":\"1\"}"}},"#
        + #"{"index":1,"id":"b","type":"function","function":{"name":"mcp__fs__patch","arguments":"{\"input\":\"x\"}"}},"#
        + #"{"index":2,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}"#

    private func groupedContext() throws -> TranslationContext {
        context(
            try sent(Self.group("mcp__fs", Self.read, #"{"type":"custom","name":"patch"}"#), Self.plain))
    }

    private func check(_ items: [JSONValue], _ location: SourceLocation = #_sourceLocation) throws {
        try #require(items.count == 3, sourceLocation: location)
        #expect(items.map { $0["name"]?.string } == ["read", "patch", "f"], sourceLocation: location)
        #expect(items.map { $0["namespace"]?.string } == ["mcp__fs", "mcp__fs", nil], sourceLocation: location)
        #expect(
            items.map { $0["type"]?.string } == ["function_call", "custom_tool_call", "function_call"],
            sourceLocation: location)
        #expect(items[1]["input"]?.string ?? "" == "x", sourceLocation: location)
    }

    @Test func aCompleteAnswerNamesGroupAndTool() throws {
        let answer = try translated(
            #"{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[\#(Self.chatCalls)]},"finish_reason":"tool_calls"}]}"#,
            from: .openAIChat, to: .openAIResponses, context: groupedContext())
        try check(answer.body["output"]?.elements.map { $0 } ?? [])
    }

    @Test func aStreamNamesGroupAndTool() throws {
        let chunk =
            #"data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[\#(Self.chatCalls)]},"finish_reason":"tool_calls"}]}"#
        let run = PairRun(
            chunk + "\n\ndata: [DONE]\n\n", from: .openAIChat, to: .openAIResponses, context: try groupedContext())
        #expect(ResponsesGrammar(run).problems == [] && run.progress.isComplete)
        try check(run.data("response.output_item.done").compactMap { $0["item"] })
        try check(run.data("response.completed").first?["response"]?["output"]?.elements.map { $0 } ?? [])
        let begun = try run.data("response.output_item.added").compactMap { $0["item"] }
        #expect(begun.map { $0["namespace"]?.string } == ["mcp__fs", "mcp__fs", nil])
        #expect(begun.map { $0["name"]?.string } == ["read", "patch", "f"])
    }

    @Test func longNamesComeBackFromClaude() throws {
        let space = String(repeating: "g", count: 130)
        let result = try sent(Self.group(space, Self.read), to: .anthropicMessages)
        let name = try #require(result.encoded.renamedTools.keys.first).string
        let answer = try translated(
            #"{"id":"msg_1","type":"message","content":[{"type":"tool_use","id":"c1","name":"\#(name)","input":{"p":"1"}}],"stop_reason":"tool_use"}"#,
            from: .anthropicMessages, to: .openAIResponses, context: context(result))
        let item = try #require(answer.body["output"]?.elements.first { _ in true })
        #expect(item["name"]?.string == "read" && item["namespace"]?.string == space)
    }

    @Test func aResponsesEndpointsOwnGroupsStay() throws {
        let item =
            #"{"type":"function_call","id":"fc_1","call_id":"c1","name":"read","namespace":"g","arguments":"{}","status":"completed"}"#
        let answer = try translated(
            #"{"id":"resp_1","status":"completed","output":[\#(item)]}"#, from: .openAIResponses, to: .openAIResponses)
        #expect(answer.body["output"]?.elements.first { _ in true }?["namespace"]?.string == "g")
    }
}
