import OmniJSON
import OmniTranslate
import Testing

/// What a conversation has said so far is sent as the same bytes however it goes on, or prompt caches upstream miss.
@Suite struct PromptCachePrefixTests: RequestWording {
    private static let exchanges = 12

    /// One exchange, ending where a client sends it: after the user's words or the results of a call.
    private func chatExchange(_ index: Int) -> [String] {
        let call = "call_\(String(repeating: "\(index)", count: index % 3 == 0 ? 60 : 2))"
        switch index % 4 {
        case 0:
            let question = #"{"role":"user","content":"q\#(index)"}"#
            return index == 0 ? [question] : [#"{"role":"assistant","content":"a"}"#, question]
        case 1:
            return [
                #"{"role":"assistant","content":"a","tool_calls":[\#(chatCall(call, #"{\"n\":\#(index).0}"#))]}"#,
                chatResult(call, "r"),
            ]
        case 2:
            let calls = [thoughtfulCall(call + "x"), thoughtfulCall(call + "y")].joined(separator: ",")
            return [
                #"{"role":"assistant","content":null,"tool_calls":[\#(calls)]}"#, chatResult(call + "y", "2"),
                chatResult(call + "x", "1"),
            ]
        default:
            return [
                #"{"role":"assistant","content":"ok","reasoning_content":"hm"}"#,
                #"{"role":"developer","content":"S"}"#, #"{"role":"user","content":"q"}"#,
            ]
        }
    }

    /// A call with a thought of Claude's that led to it.
    private func thoughtfulCall(_ id: String) -> String {
        let state = OpaqueStateEnvelope.wrap(
            OpaqueState(kind: .signature, origin: .anthropicMessages, payload: "EqAB"))
        return chatCall(id).dropLast()
            + #","extra_content":{"omniroute":{"thoughts":[{"text":"t","state":"\#(state.string)"}]}}}"#
    }

    private func anthropicExchange(_ index: Int) -> [String] {
        let id = "toolu_\(String(repeating: "\(index)", count: index % 3 == 0 ? 60 : 2))"
        let picture = #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#(pixel)"}}"#
        switch index % 3 {
        case 0:
            let question = turn("user", text("q\(index)"), picture)
            return index == 0 ? [question] : [turn("assistant", text("a")), question]
        case 1:
            return [
                turn("assistant", #"{"type":"thinking","thinking":"t","signature":"EqAB"}"#, use(id)),
                turn(
                    "user", #"{"type":"tool_result","tool_use_id":"\#(id)","content":[\#(text("r")),\#(picture)]}"#,
                    text("and")),
            ]
        default: return [turn("assistant", text("ok")), turn("user", text("q"))]
        }
    }

    /// The bytes up to the end of the last message.
    private func prefix(_ result: RequestTranslation) throws -> ArraySlice<UInt8> {
        let messages = try #require(result.body["messages"])
        return result.encoded.body[..<(messages.range.upperBound - 1)]
    }

    @Test(
        "chat to Anthropic",
        arguments: [
            ("claude-sonnet-4-5", "anthropic"), ("claude-sonnet-4-6", "anthropic"), ("claude-opus-4-8", "anthropic"),
            ("kimi-k2", "moonshot"),
        ])
    func chatConversation(model: String, provider: String) throws {
        let tools = (0..<3).map {
            #"{"type":"function","function":{"name":"x.\#($0)","parameters":{"anyOf":[{"properties":{"a":{}}}]}}}"#
        }
        var messages = [#"{"role":"system","content":"S"}"#]
        var earlier: ArraySlice<UInt8> = []
        for index in 0..<Self.exchanges {
            messages += chatExchange(index)
            let result = try chatToAnthropic(
                #""messages":[\#(messages.joined(separator: ","))],"tools":[\#(tools.joined(separator: ","))]"#,
                model: model, provider: provider)
            let now = try prefix(result)
            let isPrefix = now.starts(with: earlier)
            #expect(isPrefix, "exchange \(index)")
            earlier = now
        }
        #expect(earlier.count > 1000)
    }

    @Test(
        "Anthropic to chat",
        arguments: [("gpt-5.6", "openai"), ("deepseek-chat", "deepseek"), ("mistral-large", "mistral")])
    func anthropicConversation(model: String, provider: String) throws {
        var messages: [String] = []
        var earlier: ArraySlice<UInt8> = []
        for index in 0..<Self.exchanges {
            messages += anthropicExchange(index)
            // Claude Code's first line changes with every request; it must not cost the cache.
            let result = try anthropicToChat(
                #""system":[\#(text("x-anthropic-billing-header: cch=\(index)")),\#(text("S"))],"messages":[\#(messages.joined(separator: ","))]"#,
                model: model, provider: provider)
            let now = try prefix(result)
            let isPrefix = now.starts(with: earlier)
            #expect(isPrefix, "exchange \(index)")
            earlier = now
        }
        #expect(earlier.count > 1000)
    }
}
