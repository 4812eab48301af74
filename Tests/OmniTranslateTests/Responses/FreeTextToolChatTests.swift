import OmniJSON
import Testing

@testable import OmniTranslate

/// Row C040 at Chat servers that imitate OpenAI's: free-text tools go out as functions of one string and come back.
@Suite struct FreeTextToolChatTests: RequestWording {
    private static let tool =
        #"{"type":"custom","name":"run sql","description":"d","format":{"type":"grammar","syntax":"lark","definition":"start: /a/"}}"#
    private static let history =
        #"{"type":"custom_tool_call","call_id":"c1","name":"run sql","input":"select \"1\"\n"},"#
        + #"{"type":"custom_tool_call_output","call_id":"c1","output":"1"}"#

    private func sent(_ further: String = "", provider: String = "groq") throws -> RequestTranslation {
        try responses(
            #""input":[\#(user),\#(Self.history)],"tools":[\#(Self.tool)]\#(further)"#, to: .openAIChat,
            provider: provider)
    }

    @Test func compatibleServersSeeFunctionsOnly() throws {
        let result = try sent(#","tool_choice":{"type":"custom","name":"run sql"}"#)
        let name = try #require(result.encoded.customTools.first)
        #expect(result.encoded.customTools.count == 1 && result.encoded.renamedTools == [name: "run sql"])
        #expect(!String(decoding: result.encoded.body, as: UTF8.self).contains(#""custom""#))
        #expect(
            result.member("tools")
                == #"[{"type":"function","function":{"name":"\#(name.string)","description":"d","parameters":{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}}}]"#
        )
        #expect(result.member("tool_choice") == #"{"type":"function","function":{"name":"\#(name.string)"}}"#)
        let call = try #require(
            result.body["messages"]?.elements.map { $0 }[1]["tool_calls"]?.elements.first { _ in true })
        #expect(call["type"]?.string == "function" && call["function"]?["name"]?.text == name)
        #expect(call["function"]?["arguments"]?.string == #"{"input":"select \"1\"\n"}"#)
        #expect(result.losses == ["tools.custom:wrapped"])
    }

    @Test func openAIItselfKeepsThem() throws {
        let result = try sent(provider: "openai")
        #expect(result.encoded.customTools.isEmpty && result.losses == [])
        #expect(result.member("tools")?.hasPrefix(#"[{"type":"custom","custom":{"#) == true)
        #expect(result.message(1)?.contains(#""type":"custom","custom":{"#) == true)
    }

    @Test("a Chat client's own are not touched, wherever they go")
    func chatClients() throws {
        let fields = #""messages":[\#(user)],"tools":[{"type":"custom","custom":{"name":"t"}}]"#
        let result = try chatToChat(fields, provider: "groq")
        #expect(result.member("tools") == #"[{"type":"custom","custom":{"name":"t"}}]"#)
        #expect(result.encoded.customTools.isEmpty && result.losses == [])
    }

    // MARK: Answers

    private func context() throws -> TranslationContext {
        var context = TranslationContext.sample()
        let result = try sent()
        context.renamedTools = result.encoded.renamedTools
        context.customTools = result.encoded.customTools
        return context
    }

    private func quoted(_ text: String) -> String { #""\#(String(decoding: JSONText(text).escaped, as: UTF8.self))""# }

    static let inputs =
        FreeTextToolTests.inputs + [
            FreeTextToolTests.Input(sent: "", text: ""), FreeTextToolTests.Input(sent: "null", text: ""),
            // A model that follows the description, not the schema.
            FreeTextToolTests.Input(sent: "*** Begin Patch\n+x", text: "*** Begin Patch\n+x"),
            FreeTextToolTests.Input(sent: #"{"input":"cut sh"#, text: "cut sh"),
        ]

    private static let other = #"{"id":"b","type":"function","function":{"name":"t","arguments":"{\"input\":\"x\"}"}}"#

    @Test(arguments: inputs)
    func aCompleteAnswerIsUnwrapped(input: FreeTextToolTests.Input) throws {
        let context = try context()
        let name = try #require(context.customTools.first).string
        let call =
            #"{"id":"a","type":"function","function":{"name":"\#(name)","arguments":\#(quoted(input.sent))}}"#
        let answer = try translated(
            #"{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[\#(call),\#(Self.other)]},"finish_reason":"tool_calls"}]}"#,
            from: .openAIChat, to: .openAIResponses, context: context)
        let items = answer.body["output"]?.elements.map { $0 } ?? []
        try #require(items.count == 2)
        #expect(items[0]["type"]?.string == "custom_tool_call" && items[0]["name"]?.string == "run sql")
        #expect(items[0]["call_id"]?.string == "a" && items[0]["input"]?.string == input.text)
        #expect(items[1]["type"]?.string == "function_call")
        #expect(items[1]["arguments"]?.string == #"{"input":"x"}"#)
    }

    @Test func argumentsThatAreAnObjectAreUnwrappedToo() throws {
        let context = try context()
        let name = try #require(context.customTools.first).string
        let answer = try translated(
            #"{"id":"x","choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"\#(name)","arguments":{"input":"x y"}}}]}}]}"#,
            from: .openAIChat, to: .openAIResponses, context: context)
        let item = try #require(answer.body["output"]?.elements.first { _ in true })
        #expect(item["type"]?.string == "custom_tool_call" && item["input"]?.string == "x y")
    }

    private func chunk(_ call: String) -> String {
        #"data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[\#(call)]},"finish_reason":null}]}"#
            + "\n\n"
    }

    @Test(arguments: inputs)
    func aStreamIsUnwrappedWhereverItWasCut(input: FreeTextToolTests.Input) throws {
        let context = try context()
        let name = try #require(context.customTools.first).string
        for pieces in [[input.sent], input.sent.map(String.init)] {
            let head = #"{"index":0,"id":"a","type":"function","function":{"name":"\#(name)","arguments":""}}"#
            let deltas = pieces.map { chunk(#"{"index":0,"function":{"arguments":\#(quoted($0))}}"#) }
            let second =
                #"{"index":1,"id":"b","type":"function","function":{"name":"t","arguments":"{\"input\":\"x\"}"}}"#
            let end =
                #"data: {"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#
                + "\n\ndata: [DONE]\n\n"
            let run = PairRun(
                chunk(head) + deltas.joined() + chunk(second) + end, from: .openAIChat, to: .openAIResponses,
                context: context)
            let grammar = ResponsesGrammar(run)
            #expect(grammar.problems == [] && grammar.items.count == 2 && run.progress.isComplete)
            let items = try run.data("response.output_item.done").compactMap { $0["item"] }
            try #require(items.count == 2)
            #expect(items[0]["type"]?.string == "custom_tool_call" && items[0]["name"]?.string == "run sql")
            #expect(items[0]["input"]?.string == input.text)
            let told = try run.data("response.custom_tool_call_input.delta").compactMap { $0["delta"]?.string }
            #expect(told.joined() == input.text && told.count <= 1)
            #expect(items[1]["type"]?.string == "function_call")
            #expect(items[1]["arguments"]?.string == #"{"input":"x"}"#)
        }
    }
}
