@testable import OmniTranslate

/// One made-up conversation in each dialect, exchange by exchange; each ends where a client sends it.
///
/// In it: words, pictures, calls alone and in parallel with results in another order, long call ids, thoughts with and
/// without state, instructions on the way, arguments as models write them.
struct Conversation: RequestWording {
    let format: WireFormat
    /// An envelope on the thoughts, for the upstream to take them up again; nil for tokens that mean nothing there.
    var envelope: String?
    /// Whether a good deal of thinking is asked for.
    var thinks = false

    static let exchangeCount = 10

    /// A whole request with the first exchanges.
    func request(exchanges: Int) -> String {
        let turns = (0..<exchanges).flatMap(exchange).joined(separator: ",")
        let schema = #"{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"number"}}}"#
        switch format {
        case .openAIChat:
            return
                #"{\#(head),"messages":[{"role":"system","content":"S"},\#(turns)],"tools":[{"type":"function","function":{"name":"t","parameters":\#(schema)}},{"type":"function","function":{"name":"x.y","description":"d"}}]}"#
        case .openAIResponses:
            return
                #"{\#(head),"instructions":"S","input":[\#(turns)],"tools":[{"type":"function","name":"t","parameters":\#(schema)},{"type":"custom","name":"free"}]}"#
        case .anthropicMessages:
            return
                #"{\#(head),"max_tokens":8000,"system":[\#(text("S"))],"messages":[\#(turns)],"tools":[{"name":"t","input_schema":\#(schema)}]}"#
        case .gemini:
            return
                #"{\#(head),"systemInstruction":{"parts":[{"text":"S"}]},"contents":[\#(turns)],"tools":[{"functionDeclarations":[{"name":"t","parametersJsonSchema":\#(schema)}]}]}"#
        case .ollama:
            return
                #"{\#(head),"messages":[{"role":"system","content":"S"},\#(turns)],"tools":[{"type":"function","function":{"name":"t","description":"d","parameters":\#(schema)}}]}"#
        }
    }

    private var head: String {
        guard thinks else { return #""model":"m""# }
        let wish =
            switch format {
            case .openAIChat: #""reasoning_effort":"high""#
            case .openAIResponses: #""reasoning":{"effort":"high"}"#
            case .anthropicMessages: #""thinking":{"type":"enabled","budget_tokens":2000}"#
            case .gemini: #""generationConfig":{"thinkingConfig":{"thinkingLevel":"HIGH"}}"#
            case .ollama: #""think":"high""#
            }
        return #""model":"m",\#(wish)"#
    }

    private func base64(_ text: String) -> String {
        String(decoding: Base64.encode(Array(text.utf8)), as: UTF8.self)
    }

    private func exchange(_ index: Int) -> [String] {
        let id = "call_\(String(repeating: "\(index)", count: index % 3 == 0 ? 60 : 2))"
        switch format {
        case .openAIChat: return chat(index, id)
        case .openAIResponses: return responses(index, id)
        case .anthropicMessages: return anthropic(index, id)
        case .gemini: return gemini(index, id)
        case .ollama: return ollama(index, id)
        }
    }

    private func chat(_ index: Int, _ id: String) -> [String] {
        let picture = #"{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(pixel)"}}"#
        switch index % 5 {
        case 0:
            let question = #"{"role":"user","content":[\#(text("q\(index)")),\#(picture)]}"#
            return index == 0 ? [question] : [#"{"role":"assistant","content":"a é"}"#, question]
        case 1:
            let call = chatCall(id, #"{\"n\": \#(index).0}"#)
            let kept = envelope.map {
                #"{"id":"\#(id)","type":"function","function":{"name":"t","arguments":"{}"},"extra_content":{"omniroute":{"thoughts":[{"text":"hm","state":"\#($0)"}]}}}"#
            }
            return [
                #"{"role":"assistant","content":"a","reasoning_content":"hm","tool_calls":[\#(kept ?? call)]}"#,
                chatResult(id, "r"),
            ]
        case 2: return [chatCalls(id + "x", id + "y"), chatResult(id + "y", "2"), chatResult(id + "x", #"{\"k\":1}"#)]
        case 3: return [chatCalls(id), #"{"role":"user","content":"never mind"}"#]
        default:
            return [
                #"{"role":"assistant","content":"ok"}"#, #"{"role":"developer","content":"S"}"#,
                #"{"role":"user","content":"q"}"#,
            ]
        }
    }

    private func responses(_ index: Int, _ id: String) -> [String] {
        func call(_ id: String) -> String {
            #"{"type":"function_call","call_id":"\#(id)","name":"t","arguments":"{\"n\": 1.0}"}"#
        }
        func output(_ id: String, _ output: String) -> String {
            #"{"type":"function_call_output","call_id":"\#(id)","output":\#(output)}"#
        }
        let picture = #"{"type":"input_image","image_url":"data:image/png;base64,\#(pixel)"}"#
        let thought =
            #"{"type":"reasoning","id":"rs_\#(index)","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"\#(envelope ?? "gAAA")"}"#
        let question = #"{"role":"user","content":[{"type":"input_text","text":"q\#(index)"},\#(picture)]}"#
        let answer =
            #"{"type":"message","id":"msg_\#(index)","role":"assistant","status":"completed","content":[{"type":"output_text","text":"a","annotations":[]}]}"#
        switch index % 5 {
        case 0: return index == 0 ? [question] : [thought, answer, question]
        case 1: return [thought, call(id), output(id, #"[{"type":"input_text","text":"r"},\#(picture)]"#)]
        case 2: return [answer, call(id + "x"), call(id + "y"), output(id + "y", #""2""#), output(id + "x", #""1""#)]
        case 3:
            return [
                #"{"type":"custom_tool_call","call_id":"\#(id)","name":"free","input":"x \"y\""}"#,
                #"{"type":"custom_tool_call_output","call_id":"\#(id)","output":"r"}"#,
            ]
        default: return [answer, #"{"role":"developer","content":"S"}"#, #"{"role":"user","content":"q"}"#]
        }
    }

    private func anthropic(_ index: Int, _ id: String) -> [String] {
        func result(_ id: String, _ content: String) -> String {
            #"{"type":"tool_result","tool_use_id":"\#(id)","content":\#(content)}"#
        }
        let picture = #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#(pixel)"}}"#
        switch index % 5 {
        case 0:
            let question = turn("user", text("q\(index)"), picture)
            return index == 0 ? [question] : [turn("assistant", text("a")), question]
        case 1:
            return [
                turn(
                    "assistant", #"{"type":"thinking","thinking":"t","signature":"\#(envelope ?? "EqAB")"}"#,
                    use(id, #"{"n": 1.0}"#)),
                turn("user", result(id, "[\(text("r")),\(picture)]"), text("and")),
            ]
        case 2:
            return [
                turn("assistant", text("two"), use(id + "x"), use(id + "y")),
                turn(
                    "user", result(id + "y", #""2""#),
                    #"{"type":"tool_result","tool_use_id":"\#(id)x","is_error":true,"content":"no"}"#),
            ]
        case 3:
            return [
                turn("assistant", #"{"type":"redacted_thinking","data":"\#(envelope ?? "EmwK")"}"#, text("ok")),
                turn("user", text("go on")),
            ]
        default: return [turn("assistant", text("ok")), turn("user", text("q"))]
        }
    }

    private func gemini(_ index: Int, _ id: String) -> [String] {
        func content(_ role: String, _ parts: String...) -> String {
            #"{"role":"\#(role)","parts":[\#(parts.joined(separator: ","))]}"#
        }
        func words(_ text: String) -> String { #"{"text":"\#(text)"}"# }
        func call(_ id: String?) -> String {
            #"{"functionCall":{\#(id.map { #""id":"\#($0)","# } ?? "")"name":"t","args":{"n": 1.0}}}"#
        }
        func result(_ id: String?, _ response: String) -> String {
            #"{"functionResponse":{\#(id.map { #""id":"\#($0)","# } ?? "")"name":"t","response":\#(response)}}"#
        }
        let picture = #"{"inlineData":{"mimeType":"image/png","data":"\#(pixel)"}}"#
        switch index % 5 {
        case 0:
            let question = content("user", words("q\(index)"), picture)
            return index == 0 ? [question] : [content("model", words("a")), question]
        case 1:
            let signed =
                #"{"functionCall":{"id":"\#(id)","name":"t","args":{}},"thoughtSignature":"\#(envelope.map(base64) ?? "c2ln")"}"#
            return [
                content("model", #"{"text":"hm","thought":true}"#, signed),
                content("user", result(id, #"{"output":"r"}"#)),
            ]
        case 2:
            return [
                content("model", call(nil), call(nil)),
                content("user", result(nil, #"{"a":1}"#), result(nil, #"{"error":"no"}"#)),
            ]
        case 3:
            return [
                content("model", call(id + "x"), call(id + "y")),
                content("user", result(id + "y", "{}"), result(id + "x", "{}")),
            ]
        default: return [content("model", words("ok")), content("user", words("q"))]
        }
    }

    private func ollama(_ index: Int, _ id: String) -> [String] {
        switch index % 5 {
        case 0:
            let question = #"{"role":"user","content":"q\#(index)","images":["\#(pixel)"]}"#
            return index == 0 ? [question] : [#"{"role":"assistant","content":"a","thinking":"hm"}"#, question]
        case 1:
            return [
                #"{"role":"assistant","content":"","tool_calls":[{"function":{"name":"t","arguments":{"n": 1.0}}}]}"#,
                #"{"role":"tool","tool_name":"t","content":"r"}"#,
            ]
        case 2:
            return [
                #"{"role":"assistant","content":"two","tool_calls":[{"id":"\#(id)x","function":{"name":"t","arguments":{}}},{"id":"\#(id)y","function":{"name":"t","arguments":{}}}]}"#,
                #"{"role":"tool","tool_call_id":"\#(id)y","content":"2"}"#,
                #"{"role":"tool","tool_call_id":"\#(id)x","content":"1"}"#,
            ]
        case 3:
            return [
                #"{"role":"assistant","content":"ok"}"#, #"{"role":"system","content":"S"}"#,
                #"{"role":"user","content":"q"}"#,
            ]
        default: return [#"{"role":"assistant","content":"ok"}"#, #"{"role":"user","content":"q"}"#]
        }
    }
}
