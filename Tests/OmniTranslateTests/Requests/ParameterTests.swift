import OmniJSON
import OmniTranslate
import Testing

/// Limits, sampling, stops, identity and output formats: rows C155 to C165 and the parameter rows of B.2.
@Suite struct ParameterTests: RequestWording {
    @Test(
        "C157 the name of the output limit",
        arguments: [
            ("openai", "gpt-5", "max_completion_tokens"), ("openai", "gpt-4o", "max_completion_tokens"),
            ("groq", "llama", "max_tokens"),
        ])
    func outputLimitName(provider: String, model: String, name: String) throws {
        let result = try anthropicToChat(#""messages":[\#(user)]"#, model: model, provider: provider)
        let limits = result.body.members.filter { $0.name.string.hasPrefix("max_") }.map {
            "\($0.name.string)=\($0.value.int ?? 0)"
        }
        #expect(limits == ["\(name)=100"])
    }

    @Test(
        "C158 Anthropic always gets an output limit",
        arguments: [(nil, nil, 64000), (nil, 8192, 8192), (512, 64000, 512)] as [(Int?, Int?, Int)])
    func outputLimit(wanted: Int?, limit: Int?, sent: Int) throws {
        for name in ["max_tokens", "max_completion_tokens"] {
            let field = wanted.map { #","\#(name)":\#($0)"# } ?? ""
            let result = try chatToAnthropic(#""messages":[\#(user)]\#(field)"#, maxOutput: limit)
            #expect(result.body["max_tokens"]?.int == sent)
        }
    }

    @Test(
        "a client that sets no limit gets what the model can write",
        arguments: [
            ("claude-3-opus-20240229", 4096), ("claude-3-5-haiku-20241022", 8192), ("claude-3-7-sonnet", 32000),
            ("claude-opus-4-1-20250805", 32000), ("claude-sonnet-4-20250514", 32000), ("claude-opus-4-5", 32000),
            ("anthropic/claude-sonnet-4.5", 64000), ("claude-haiku-4-5-20251001", 64000), ("claude-opus-4-8", 64000),
            ("MiniMax-M2", 4096),
        ])
    func outputOfModels(model: String, sent: Int) throws {
        let result = try chatToAnthropic(#""messages":[\#(user)]"#, model: model, maxOutput: nil)
        #expect(result.body["max_tokens"]?.int == sent)
    }

    @Test func aRequestForNoOutputIsAnthropicsOwn() throws {
        let zero = #"{"model":"m","max_tokens":0,"messages":[\#(user)]}"#
        let own = try RequestTranslation(
            zero, from: .anthropicMessages, to: .anthropicMessages, model: "m", provider: "anthropic")
        #expect(own.body["max_tokens"]?.int == 0)
        let error = translationFailure {
            try RequestTranslation(zero, from: .anthropicMessages, to: .openAIChat, model: "m", provider: "openai")
        }
        #expect(error?.path == "max_tokens")
    }

    @Test(
        "C159 C160 C161 sampling towards Claude decides the API version",
        arguments: [
            (#""temperature":1.7"#, "claude-sonnet-4-5", #""temperature":1"#, "2023-06-01", ["temperature:clamped"]),
            (#""temperature":0.50"#, "claude-sonnet-4-6", #""temperature":0.50"#, "2023-06-01", []),
            (#""temperature":1"#, "claude-opus-4-8", "", "2026-10-21", ["temperature:unsupported"]),
            (
                #""temperature":0.2,"top_p":0.9"#, "claude-sonnet-4-5", #""temperature":0.2"#, "2023-06-01",
                ["top_p:conflict"]
            ),
            (#""top_p":0.9,"top_k":40"#, "claude-sonnet-4-5", #""top_p":0.9,"top_k":40"#, "2023-06-01", []),
            (
                #""top_p":0.9,"top_k":40"#, "claude-fable-5", "", "2026-10-21",
                ["top_p:unsupported", "top_k:unsupported"]
            ),
            (#""stream":false"#, "claude-sonnet-4-5", "", "2026-10-21", []),
        ])
    func samplingTowardsClaude(fields: String, model: String, sent: String, version: String, losses: [String]) throws {
        let result = try chatToAnthropic(#""messages":[\#(user)],\#(fields)"#, model: model)
        let sampling = result.body.members.filter { ["temperature", "top_p", "top_k"].contains($0.name.string) }
            .map { #""\#($0.name.string)":\#(String(decoding: $0.value.raw, as: UTF8.self))"# }.joined(separator: ",")
        #expect(sampling == sent)
        #expect(result.encoded.apiVersion == version)
        #expect(result.losses == losses)
    }

    @Test func otherVendorsOfTheFormatKnowTheFirstVersionOnly() throws {
        #expect(
            try chatToAnthropic(#""messages":[\#(user)]"#, model: "kimi-k2", provider: "moonshot").encoded.apiVersion
                == "2023-06-01")
    }

    @Test(
        "C162 reasoning models of OpenAI get no sampling unless told not to reason",
        arguments: [
            ("gpt-5", #","reasoning_effort":"low""#, false), ("gpt-5", "", false),
            ("gpt-5.1", #","reasoning_effort":"none""#, true), ("gpt-4o", "", true),
        ])
    func samplingTowardsOpenAI(model: String, effort: String, isSent: Bool) throws {
        let fields = ["temperature", "top_p", "frequency_penalty", "presence_penalty"]
        let sampling = fields.map { #","\#($0)":0.5"# }.joined()
        let result = try chatToChat(#""messages":[\#(user)],"logprobs":true\#(sampling)\#(effort)"#, model: model)
        let sent = result.body.members.map(\.name.string)
        for field in fields + ["logprobs"] { #expect(sent.contains(field) == isSent) }
        #expect(result.losses == (isSent ? [] : (fields + ["logprobs"]).map { "\($0):unsupported" }))
    }

    @Test(
        "C163 stop strings towards Anthropic",
        arguments: [
            (#""END""#, #"["END"]"#, []), (#"["a","b","c","d","e"]"#, #"["a","b","c","d","e"]"#, []),
            (#"["END"," ",""]"#, #"["END"]"#, ["stop:blank"]), (#"["\n"]"#, nil, ["stop:blank"]), ("null", nil, []),
        ] as [(String, String?, [String])])
    func stopsTowardsAnthropic(stop: String, sent: String?, losses: [String]) throws {
        let result = try chatToAnthropic(#""messages":[\#(user)],"stop":\#(stop)"#)
        #expect(result.member("stop_sequences") == sent)
        #expect(result.losses == losses)
    }

    @Test(
        "C163 stop sequences towards chat",
        arguments: [
            (#"["a","b","c","d","e"]"#, "gpt-4o", #"["a","b","c","d"]"#, ["e"]),
            (#"["\n",""]"#, "gpt-4o", #"["\n"]"#, []), (#"["a"]"#, "o3", nil, ["a"]),
            ("[]", "o3", nil, []),
        ] as [(String, String, String?, [String])])
    func stopsTowardsChat(stop: String, model: String, sent: String?, cut: [String]) throws {
        let result = try anthropicToChat(#""messages":[\#(user)],"stop_sequences":\#(stop)"#, model: model)
        #expect(result.member("stop") == sent)
        #expect(result.encoded.stopSequences.map(\.string) == cut)
        #expect(result.losses.isEmpty)
    }

    @Test(
        "C165 revealing or long identifiers are hashed, the same one always alike",
        arguments: ["ada@example.com", String(repeating: "u", count: 300)])
    func identifiers(user id: String) throws {
        let chat = try anthropicToChat(#""messages":[\#(user)],"metadata":{"user_id":"\#(id)"}"#)
        let anthropic = try chatToAnthropic(#""messages":[\#(user)],"user":"\#(id)""#)
        let sent = [chat.body["safety_identifier"]?.string, anthropic.body["metadata"]?["user_id"]?.string]
        #expect(sent[0] == sent[1])
        #expect(sent[0]?.wholeMatch(of: /user_[0-9a-f]{24}/) != nil)
    }

    @Test func plainIdentifiersAreKept() throws {
        #expect(
            try chatToAnthropic(#""messages":[\#(user)],"safety_identifier":"u1","user":"u2""#).member("metadata")
                == #"{"user_id":"u1"}"#)
        let metadata = #""messages":[\#(user)],"metadata":{"user_id":"u1"}"#
        #expect(try anthropicToChat(metadata).body["safety_identifier"]?.string == "u1")
        #expect(try anthropicToChat(metadata, provider: "groq").body["user"]?.string == "u1")
    }

    @Test("C154 C155 an output schema, there and back")
    func outputSchema() throws {
        let schema =
            #"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#
        let anthropic = try chatToAnthropic(
            #""messages":[\#(user)],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":\#(schema),"strict":true}}"#
        )
        #expect(anthropic.member("output_config") == #"{"format":{"type":"json_schema","schema":\#(schema)}}"#)
        let chat = try anthropicToChat(
            #""messages":[\#(user)],"output_config":{"format":{"type":"json_schema","schema":\#(schema)}}"#)
        #expect(
            chat.member("response_format")
                == #"{"type":"json_schema","json_schema":{"name":"response","schema":\#(schema),"strict":true}}"#)
        let open = try anthropicToChat(
            #""messages":[\#(user)],"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}"#)
        #expect(
            open.member("response_format")
                == #"{"type":"json_schema","json_schema":{"name":"response","schema":{"type":"object"}}}"#)
        #expect(open.losses == ["output_config.format:unenforced"])
    }

    @Test("JSON without a schema, and a schema for models without the field, are asked for in words")
    func instructedFormats() throws {
        let object = try chatToAnthropic(#""messages":[\#(user)],"response_format":{"type":"json_object"}"#)
        #expect(object.member("system") == "[\(text("Reply with one JSON object and nothing else."))]")
        let schema = try chatToAnthropic(
            #""messages":[\#(user)],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}"#,
            model: "claude-3-5-haiku-latest")
        #expect(schema.member("system")?.contains(#"{\"type\":\"object\"}"#) == true)
        #expect(schema.member("output_config") == nil)
        for result in [object, schema] { #expect(result.losses == ["response_format:instructed"]) }
        #expect(try chatToAnthropic(#""messages":[\#(user)],"response_format":{"type":"text"}"#).losses.isEmpty)
    }

    @Test(
        "a schema Claude cannot be bound to is asked for in words",
        arguments: [
            #"{"type":"object"}"#,
            #"{"type":"object","properties":{"ages":{"type":"object","additionalProperties":{"type":"integer"}}}}"#,
            ##"{"type":"object","properties":{"v":{"type":"string"},"c":{"type":"array","items":{"$ref":"#"}}},"required":["v","c"],"additionalProperties":false}"##,
        ])
    func inexpressibleSchemas(schema: String) throws {
        let fields =
            #""messages":[\#(user)],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":\#(schema)}}"#
        let result = try chatToAnthropic(fields)
        #expect(result.member("output_config") == nil)
        #expect(result.body["system"]?.elements.compactMap { $0["text"]?.string }.last?.hasSuffix(schema) == true)
        #expect(result.losses == ["response_format:instructed"])
        #expect(translationFailure { try chatToAnthropic(fields, isStrict: true) }?.path == "response_format")
    }

    @Test(
        "service tiers",
        arguments: [
            ("auto", "auto", []), ("default", "standard_only", []), ("flex", nil, ["service_tier:unsupported"]),
        ] as [(String, String?, [String])])
    func serviceTier(tier: String, sent: String?, losses: [String]) throws {
        let result = try chatToAnthropic(#""messages":[\#(user)],"service_tier":"\#(tier)""#)
        #expect(result.body["service_tier"]?.string == sent)
        #expect(result.losses == losses)
        let back = try anthropicToChat(#""messages":[\#(user)],"service_tier":"standard_only""#)
        #expect(back.body["service_tier"]?.string == "default")
    }

    @Test("only one choice can be had", arguments: [1, 2])
    func choices(count: Int) {
        let error = translationFailure { try chatToAnthropic(#""messages":[\#(user)],"n":\#(count)"#) }
        #expect(error?.path == (count == 1 ? nil : "n"))
    }

    @Test("spoken answers are refused", arguments: [(#"["text"]"#, true), (#"["text","audio"]"#, false)])
    func modalities(value: String, isTaken: Bool) {
        let error = translationFailure { try chatToAnthropic(#""messages":[\#(user)],"modalities":\#(value)"#) }
        #expect(error?.path == (isTaken ? nil : "modalities"))
    }

    @Test("what lives at another provider is refused", arguments: ["container", "mcp_servers", "thread"])
    func foreignState(field: String) {
        #expect(translationFailure { try anthropicToChat(#""messages":[\#(user)],"\#(field)":"x""#) }?.path == field)
    }

    @Test("a stream always asks for its usage", arguments: [WireFormat.openAIChat, .anthropicMessages])
    func streams(target: WireFormat) throws {
        let fields = #""messages":[\#(user)],"stream":true"#
        if target == .openAIChat {
            let result = try anthropicToChat(fields)
            #expect(result.member("stream_options") == #"{"include_usage":true}"#)
            #expect(result.body["stream"]?.bool == true)
        } else {
            #expect(
                try chatToAnthropic(fields + #","stream_options":{"include_usage":false}"#).body["stream"]?.bool == true
            )
        }
    }
}
