import OmniJSON
import OmniTranslate
import TestSupport
import Testing

/// Bodies that break their own dialect end with an error that says where, never with a trap or a guess.
@Suite struct MalformedRequestTests: RequestWording {
    private func decode(_ json: String, _ format: WireFormat) -> TranslationError? {
        do {
            _ = try Translator.decodeRequest(JSONValue(parsing: Array(json.utf8)), from: format)
            return nil
        } catch {
            return error as? TranslationError
        }
    }

    @Test(
        "chat",
        arguments: [
            ("[]", nil), (#"{"messages":[]}"#, "model"), (#"{"model":7}"#, "model"), (#"{"model":"m"}"#, "messages"),
            (#"{"model":"m","messages":[]}"#, "messages"), (#"{"model":"m","messages":{}}"#, "messages"),
            (#"{"model":"m","messages":[7]}"#, "messages[0]"),
            (#"{"model":"m","messages":[{"content":"x"}]}"#, "messages[0].role"),
            (#"{"model":"m","messages":[{"role":"robot","content":"x"}]}"#, "messages[0].role"),
            (#"{"model":"m","messages":[{"role":"user"}]}"#, "messages[0].content"),
            (#"{"model":"m","messages":[{"role":"user","content":7}]}"#, "messages[0].content"),
            (#"{"model":"m","messages":[{"role":"user","content":[{"text":"x"}]}]}"#, "messages[0].content[0].type"),
            (
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":7}]}]}"#,
                "messages[0].content[0].text"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#,
                "messages[0].content[0].image_url.url"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{}}]}]}"#,
                "messages[0].content[0].file"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":""}}]}]}"#,
                "messages[0].content[0].input_audio.format"
            ),
            (#"{"model":"m","messages":[{"role":"tool","content":"x"}]}"#, "messages[0].tool_call_id"),
            (
                #"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]}]}"#,
                "messages[0].tool_calls[0].id"
            ),
            (
                #"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]}"#,
                "messages[0].tool_calls[0].function"
            ),
            (
                #"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":7}}]}]}"#,
                "messages[0].tool_calls[0].function.arguments"
            ),
        ] as [(String, String?)])
    func chatBodies(json: String, path: String?) throws {
        let error = try #require(decode(json, .openAIChat))
        #expect(error.code == .invalid)
        #expect(error.path == path)
    }

    @Test(
        "chat parameters",
        arguments: [
            (#""stream":"yes""#, "stream"), (#""temperature":"1""#, "temperature"), (#""max_tokens":0"#, "max_tokens"),
            (#""max_completion_tokens":1.5"#, "max_completion_tokens"), (#""n":0"#, "n"), (#""stop":7"#, "stop"),
            (#""stop":["a",7]"#, "stop[1]"),
            (#""tools":{}"#, "tools"), (#""tools":[{"type":"function"}]"#, "tools[0].function"),
            (#""tools":[{"type":"function","function":{}}]"#, "tools[0].function.name"),
            (#""tools":[{"type":"function","function":{"name":"f","parameters":[]}}]"#, "tools[0].function.parameters"),
            (#""tool_choice":"maybe""#, "tool_choice"), (#""function_call":"maybe""#, "function_call"),
            (#""tool_choice":{"function":{}}"#, "tool_choice.function.name"),
            (#""response_format":{"type":"xml"}"#, "response_format.type"),
            (#""response_format":{"type":"json_schema"}"#, "response_format.json_schema"),
            (#""reasoning_effort":"heroic""#, "reasoning_effort"), (#""logit_bias":[]"#, "logit_bias"),
            (#""stream_options":true"#, "stream_options"),
            (#""max_tokens":99999999999999999999"#, "max_tokens"), (#""metadata":"x""#, "metadata"),
            (#""user":{}"#, "user"),
        ])
    func chatParameters(field: String, path: String) throws {
        let error = try #require(decode(#"{"model":"m","messages":[\#(user)],\#(field)}"#, .openAIChat))
        #expect(error.code == .invalid)
        #expect(error.path == path)
    }

    @Test(
        "Anthropic",
        arguments: [
            (#""messages":[]"#, "messages"), (#""messages":null"#, "messages"),
            (#""messages":[{"role":"user"}]"#, "messages[0].content"),
            (#""messages":[{"role":"tool","content":"x"}]"#, "messages[0].role"),
            (#""messages":[{"role":"user","content":["x"]}]"#, "messages[0].content[0]"),
            (#""messages":[{"role":"user","content":[{"type":"tool_result"}]}]"#, "messages[0].content[0].tool_use_id"),
            (
                #""messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"t"}]}]"#,
                "messages[0].content[0].input"
            ),
            (
                #""messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"t","input":[]}]}]"#,
                "messages[0].content[0].input"
            ),
            (
                #""messages":[{"role":"assistant","content":[{"type":"text","text":"x"},{"type":"tool_result","tool_use_id":"a"}]}]"#,
                "messages[0].content[1]"
            ),
            (
                #""messages":[{"role":"user","content":[{"type":"tool_use","id":"a","name":"t","input":{}}]}]"#,
                "messages[0].content[0].type"
            ),
            (#""messages":[{"role":"user","content":[{"type":"image"}]}]"#, "messages[0].content[0].source"),
            (
                #""messages":[{"role":"user","content":[{"type":"image","source":{"type":"fax"}}]}]"#,
                "messages[0].content[0].source.type"
            ),
            (
                #""messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64"}}]}]"#,
                "messages[0].content[0].source.data"
            ),
            (
                #""messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":7}]}]"#,
                "messages[0].content[0].cache_control"
            ),
        ])
    func anthropicBodies(field: String, path: String) throws {
        let error = try #require(decode(#"{"model":"m","max_tokens":1,\#(field)}"#, .anthropicMessages))
        #expect(error.code == .invalid)
        #expect(error.path == path)
    }

    @Test(
        "Anthropic parameters",
        arguments: [
            (#""system":7"#, "system"), (#""max_tokens":-1"#, "max_tokens"),
            (#""stop_sequences":"x""#, "stop_sequences"),
            (#""stop_sequences":["a",7]"#, "stop_sequences[1]"), (#""tool_choice":"auto""#, "tool_choice"),
            (#""tool_choice":{"type":"x"}"#, "tool_choice.type"),
            (#""tool_choice":{"type":"tool"}"#, "tool_choice.name"), (#""tools":[{}]"#, "tools[0].name"),
            (#""thinking":{}"#, "thinking.type"),
            (#""thinking":{"type":"enabled","budget_tokens":0}"#, "thinking.budget_tokens"),
            (#""output_config":{"effort":"x"}"#, "output_config.effort"),
            (#""output_config":{"format":{"type":"xml"}}"#, "output_config.format.type"),
            (#""output_config":{"format":{"type":"json_schema"}}"#, "output_config.format.schema"),
            (#""metadata":{"user_id":7}"#, "metadata.user_id"), (#""cache_control":true"#, "cache_control"),
        ])
    func anthropicParameters(field: String, path: String) throws {
        let error = try #require(decode(#"{"model":"m","messages":[\#(user)],\#(field)}"#, .anthropicMessages))
        #expect(error.code == .invalid)
        #expect(error.path == path)
    }

    @Test(
        "mutated samples end in a legal body or an error, never in a trap",
        arguments: [(WireFormat.openAIChat, "openai-chat"), (.anthropicMessages, "anthropic")])
    func mutations(origin: WireFormat, folder: String) throws {
        let sample = try JSONValue(parsing: Array(try SourceTree.sample("\(folder)/request.rich.json").utf8))
        var random = SeededNumbers(seed: 0x0517_2026)
        var outcomes = (bodies: 0, errors: 0)
        for _ in 0..<300 {
            let mutant = try JSONValue(parsing: mutate(sample, using: &random))
            for target in [WireFormat.openAIChat, .anthropicMessages] {
                do {
                    let request = try Translator.decodeRequest(mutant, from: origin)
                    let context = TranslationContext(model: "claude-opus-4-8", provider: "anthropic")
                    let encoded = try Translator.encodeRequest(request, to: target, context: context)
                    #expect(try JSONValue(parsing: encoded.body).kind == .object)
                    outcomes.bodies += 1
                } catch let error as TranslationError {
                    #expect(error.path != "" && !error.message.isEmpty)
                    outcomes.errors += 1
                }
            }
        }
        // Both must happen, or the mutations are too wild or too tame to show anything.
        #expect(outcomes.bodies > 50 && outcomes.errors > 50)
    }

    /// The sample with about one value in eighty replaced, left out or doubled, and what no target takes left out first.
    private func mutate(_ sample: JSONValue, using random: inout SeededNumbers) -> [UInt8] {
        var writer = JSONWriter()
        func copy(_ value: JSONValue) {
            switch random.next() % 240 {
            case 0: return writer.null()
            case 1:
                return writer.raw(
                    Array(
                        [#""""#, "-1", "[]", "{}", "true", "1e999", #""\ud800""#, "[[]]"][Int(random.next() % 8)].utf8)[
                            ...])
            default: break
            }
            switch value.kind {
            case .object:
                writer.beginObject()
                for member in value.members {
                    let dice = random.next() % 160
                    if dice == 0 || member.name.equals("n") { continue }
                    writer.key(dice == 1 ? "type" : member.name)
                    copy(member.value)
                }
                writer.endObject()
            case .array:
                writer.beginArray()
                for element in value.elements {
                    let type = element["type"]?.string ?? ""
                    let isRefused =
                        ["file", "input_audio", "image", "document"].contains(type) || type.hasPrefix("web_")
                        || type.hasPrefix("code_")
                    let dice = random.next() % 160
                    if dice == 0 || isRefused && random.next() % 8 > 0 { continue }
                    copy(element)
                    if dice == 1 { copy(element) }
                }
                writer.endArray()
            default: writer.value(value)
            }
        }
        copy(sample)
        return writer.bytes
    }
}
