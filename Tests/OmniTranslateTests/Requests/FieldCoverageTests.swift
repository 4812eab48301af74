import OmniJSON
import OmniTranslate
import Testing

/// Every top-level field of both dialects towards the other: sent, reported, refused, or on the list of silent ones.
@Suite struct FieldCoverageTests: RequestWording {
    enum Fate: Sendable, Equatable {
        /// Arrives in this member of the target.
        case sent(String)
        /// Left out and reported under this name.
        case lost(String)
        case refused
        /// Says nothing to the target: a hint, a default or part of another field. docs/translation.md lists these too.
        case silent
    }

    static let towardsAnthropic: [String: Fate] = [
        "model": .silent, "messages": .sent("messages"), "tools": .sent("tools"), "tool_choice": .sent("tool_choice"),
        "parallel_tool_calls": .silent, "response_format": .sent("output_config"),
        "reasoning_effort": .sent("thinking"),
        "verbosity": .silent, "max_completion_tokens": .sent("max_tokens"), "n": .refused,
        "stop": .sent("stop_sequences"),
        "seed": .lost("seed"), "temperature": .lost("temperature"), "top_p": .lost("top_p"),
        "frequency_penalty": .lost("frequency_penalty"), "presence_penalty": .lost("presence_penalty"),
        "logit_bias": .lost("logit_bias"), "logprobs": .lost("logprobs"), "top_logprobs": .silent,
        "service_tier": .sent("service_tier"), "store": .silent, "metadata": .silent, "prompt_cache_key": .silent,
        "prompt_cache_options": .silent, "safety_identifier": .sent("metadata"), "stream": .sent("stream"),
        "stream_options": .silent,
    ]

    static let towardsChat: [String: Fate] = [
        "model": .silent, "max_tokens": .sent("max_completion_tokens"), "system": .sent("messages"),
        "messages": .sent("messages"), "tools": .refused, "tool_choice": .sent("tool_choice"),
        "thinking": .lost("thinking"), "output_config": .lost("thinking"), "stop_sequences": .sent("stop"),
        "metadata": .sent("safety_identifier"), "service_tier": .sent("service_tier"), "cache_control": .silent,
        "diagnostics": .lost("diagnostics"), "stream": .sent("stream"),
    ]

    /// Fields that are in no sample: beta fields, deprecated ones, other vendors' and inventions.
    static let furtherFields: [(WireFormat, String, String, Fate)] = [
        (.openAIChat, "max_tokens", "7", .sent("max_tokens")), (.openAIChat, "user", #""u""#, .sent("metadata")),
        (.openAIChat, "top_k", "5", .lost("top_k")),
        (.openAIChat, "prediction", #"{"type":"content"}"#, .lost("prediction")),
        (.openAIChat, "web_search_options", "{}", .sent("tools")), (.openAIChat, "modalities", #"["audio"]"#, .refused),
        (.openAIChat, "audio", "{}", .lost("audio")), (.openAIChat, "moderation", "{}", .lost("moderation")),
        (.openAIChat, "prompt_cache_retention", #""24h""#, .silent), (.openAIChat, "min_p", "0.1", .lost("min_p")),
        (.openAIChat, "functions", #"[{"name":"f"}]"#, .sent("tools")),
        (.openAIChat, "invented", "1", .lost("invented")),
        (.anthropicMessages, "temperature", "0.5", .sent("temperature")),
        (.anthropicMessages, "top_p", "0.5", .sent("top_p")),
        (.anthropicMessages, "top_k", "5", .lost("top_k")), (.anthropicMessages, "container", #""c""#, .refused),
        (.anthropicMessages, "mcp_servers", "[{}]", .refused), (.anthropicMessages, "thread", "{}", .refused),
        (.anthropicMessages, "speed", #""fast""#, .lost("speed")),
        (.anthropicMessages, "inference_geo", #""us""#, .lost("inference_geo")),
        (.anthropicMessages, "context_management", "{}", .lost("context_management")),
        (.anthropicMessages, "fallbacks", "[]", .lost("fallbacks")),
        (.anthropicMessages, "invented", "1", .lost("invented")),
    ]

    private func encode(
        _ fields: [(String, String)], from origin: WireFormat, isStrict: Bool
    ) throws -> RequestTranslation {
        var all = [("model", #""m""#), ("messages", "[\(user)]")]
        if origin == .anthropicMessages { all.append(("max_tokens", "100")) }
        all.removeAll { base in fields.contains { $0.0 == base.0 } }
        let json = "{" + (all + fields).map { #""\#($0.0)":\#($0.1)"# }.joined(separator: ",") + "}"
        return origin == .openAIChat
            ? try RequestTranslation(
                json, from: origin, to: .anthropicMessages, model: "claude-opus-4-8", provider: "anthropic",
                isStrict: isStrict)
            : try RequestTranslation(
                json, from: origin, to: .openAIChat, model: "gpt-4o", provider: "openai", isStrict: isStrict)
    }

    private func check(_ name: String, _ value: String, from origin: WireFormat, _ fate: Fate) throws {
        var context: [(String, String)] = []
        if ["tool_choice", "parallel_tool_calls"].contains(name) {
            context = [
                (
                    "tools",
                    origin == .openAIChat
                        ? #"[{"type":"function","function":{"name":"get_weather"}}]"#
                        : #"[{"name":"get_weather","input_schema":{"type":"object"}}]"#
                )
            ]
        }
        let before = try encode(context, from: origin, isStrict: false)
        func after(isStrict: Bool) throws -> RequestTranslation {
            try encode(context + [(name, value)], from: origin, isStrict: isStrict)
        }
        switch fate {
        case .sent(let member):
            let sent = try after(isStrict: false)
            let find = { (result: RequestTranslation) in
                result.body.members.first { $0.name.string == member }.map {
                    String(decoding: $0.value.raw, as: UTF8.self)
                }
            }
            #expect(find(sent) != nil, "\(name)")
            #expect(find(sent) != find(before), "\(name)")
        case .lost(let field):
            let sent = try after(isStrict: false)
            #expect(sent.encoded.report.losses.map(\.field) == [field], "\(name)")
            #expect(sent.encoded.body == before.encoded.body, "\(name)")
            let refused = translationFailure { try after(isStrict: true) }
            #expect(refused?.code == .unsupported && refused?.path == field, "\(name)")
        case .refused:
            #expect(translationFailure { try after(isStrict: false) }?.code == .unsupported, "\(name)")
        case .silent:
            let sent = try after(isStrict: true)
            #expect(sent.encoded.body == before.encoded.body, "\(name)")
        }
    }

    @Test(
        "every field of the rich samples has a fate",
        arguments: [
            (WireFormat.openAIChat, "openai-chat/request.rich.json"),
            (.anthropicMessages, "anthropic/request.rich.json"),
        ])
    func samples(origin: WireFormat, path: String) throws {
        let fates = origin == .openAIChat ? Self.towardsAnthropic : Self.towardsChat
        let sample = try JSONValue(parsing: Array(try SourceTree.sample(path).utf8))
        #expect(Set(sample.members.map(\.name.string)) == Set(fates.keys))
        for member in sample.members where member.name.string != "messages" {
            let fate = try #require(fates[member.name.string])
            try check(member.name.string, String(decoding: member.value.raw, as: UTF8.self), from: origin, fate)
        }
    }

    @Test("fields of no sample have a fate too", arguments: furtherFields)
    func further(origin: WireFormat, name: String, value: String, fate: Fate) throws {
        try check(name, value, from: origin, fate)
    }

    @Test("an explicit null says nothing", arguments: [WireFormat.openAIChat, .anthropicMessages])
    func nulls(origin: WireFormat) throws {
        let fates = origin == .openAIChat ? Self.towardsAnthropic : Self.towardsChat
        let before = try encode([], from: origin, isStrict: true)
        for name in fates.keys where name != "model" && name != "messages" && name != "max_tokens" {
            #expect(
                try encode([(name, "null")], from: origin, isStrict: true).encoded.body == before.encoded.body,
                "\(name)")
        }
    }

    @Test(
        "extensions of chat messages are reported, not dropped",
        arguments: ["audio", "reasoning_details", "thinking_blocks"])
    func messageExtensions(name: String) throws {
        let fields = #""messages":[\#(user),{"role":"assistant","content":"x","\#(name)":{"id":"1"}},\#(user)]"#
        #expect(try chatToAnthropic(fields).losses == ["messages.\(name):unsupported"])
        #expect(try chatToChat(fields).message(1)?.contains(#""\#(name)":{"id":"1"}"#) == true)
    }

    @Test func serverToolBlocksOfTheHistoryAreReported() throws {
        let block = #"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#
        let result = try anthropicToChat(#""messages":[\#(user),\#(turn("assistant", block, text("x"))),\#(user)]"#)
        #expect(result.message(1) == #"{"role":"assistant","content":"x"}"#)
        #expect(result.losses == ["messages.server_tool_use:unsupported"])
    }
}
