import OmniJSON

@testable import OmniTranslate

/// One question as it is asked in each dialect; equal ones must have one fingerprint.
///
/// Pictures stand before the words, for Ollama has no other order.
struct Question {
    var system = "You are terse."
    var words = "What is the weather in Bern? é \\n"
    var picture: String? = pixel
    var says = "Let me look."
    var tool = "weather"
    var arguments = #"{"city":"Bern","days":2}"#
    var result = "sunny"
    var schema = #"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}}}"#
    var description = "Looks it up"
    var temperature = "0"
    var topP = "0.5"
    var limit = "100"
    var mustCall = false
    /// What the two calls of the conversation are named.
    var callID = "call_1"
    /// Further members of the body, with a comma in front of each.
    var more: [WireFormat: String] = [:]
    var isStreaming = false

    static let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

    func text(_ format: WireFormat) -> String {
        let more = more[format] ?? ""
        let stream = isStreaming && format != .gemini ? #","stream":true"# : ""
        switch format {
        case .openAIChat: return chat(more + stream)
        case .openAIResponses: return responses(more + stream)
        case .anthropicMessages: return messages(more + stream)
        case .gemini: return gemini(more)
        case .ollama: return ollama(more + stream)
        }
    }

    func fingerprint(_ format: WireFormat) throws -> [UInt8] {
        try Self.fingerprint(text(format), of: format, isStreaming: isStreaming)
    }

    static func fingerprint(_ text: String, of format: WireFormat, isStreaming: Bool = false) throws -> [UInt8] {
        let request = try Translator.decodeRequest(
            JSONValue(parsing: Array(text.utf8)), from: format, pathModel: format == .gemini ? "m" : nil,
            isStreaming: isStreaming)
        return RequestFingerprint.bytes(of: request)
    }

    private var quotedArguments: String { String(decoding: JSONText(arguments).escaped, as: UTF8.self) }

    private func chat(_ more: String) -> String {
        let image = picture.map { #"{"type":"image_url","image_url":{"url":"data:image/png;base64,\#($0)"}},"# } ?? ""
        let choice = mustCall ? #","tool_choice":"required""# : ""
        return #"""
            {"model":"m","messages":[{"role":"system","content":"\#(system)"},
             {"role":"user","content":[\#(image){"type":"text","text":"\#(words)"}]},
             {"role":"assistant","content":"\#(says)","tool_calls":[{"id":"\#(callID)","type":"function","function":{"name":"\#(tool)","arguments":"\#(quotedArguments)"}}]},
             {"role":"tool","tool_call_id":"\#(callID)","content":"\#(result)"},
             {"role":"user","content":"And now?"}],
             "tools":[{"type":"function","function":{"name":"\#(tool)","description":"\#(description)","parameters":\#(schema)}}]\#(choice),
             "temperature":\#(temperature),"top_p":\#(topP),"max_tokens":\#(limit)\#(more)}
            """#
    }

    private func responses(_ more: String) -> String {
        let image = picture.map { #"{"type":"input_image","image_url":"data:image/png;base64,\#($0)"},"# } ?? ""
        let choice = mustCall ? #","tool_choice":"required""# : ""
        return #"""
            {"model":"m","instructions":"\#(system)","input":[
             {"role":"user","content":[\#(image){"type":"input_text","text":"\#(words)"}]},
             {"type":"message","role":"assistant","content":[{"type":"output_text","text":"\#(says)","annotations":[]}]},
             {"type":"function_call","call_id":"\#(callID)","name":"\#(tool)","arguments":"\#(quotedArguments)"},
             {"type":"function_call_output","call_id":"\#(callID)","output":"\#(result)"},
             {"role":"user","content":"And now?"}],
             "tools":[{"type":"function","name":"\#(tool)","description":"\#(description)","parameters":\#(schema),"strict":false}]\#(choice),
             "temperature":\#(temperature),"top_p":\#(topP),"max_output_tokens":\#(limit)\#(more)}
            """#
    }

    private func messages(_ more: String) -> String {
        let image =
            picture.map {
                #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#($0)"}},"#
            } ?? ""
        let choice = mustCall ? #","tool_choice":{"type":"any"}"# : ""
        return #"""
            {"model":"m","system":"\#(system)","messages":[
             {"role":"user","content":[\#(image){"type":"text","text":"\#(words)"}]},
             {"role":"assistant","content":[{"type":"text","text":"\#(says)"},{"type":"tool_use","id":"\#(callID)","name":"\#(tool)","input":\#(arguments)}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"\#(callID)","content":"\#(result)"},{"type":"text","text":"And now?"}]}],
             "tools":[{"name":"\#(tool)","description":"\#(description)","input_schema":\#(schema)}]\#(choice),
             "temperature":\#(temperature),"top_p":\#(topP),"max_tokens":\#(limit)\#(more)}
            """#
    }

    private func gemini(_ more: String) -> String {
        let image = picture.map { #"{"inlineData":{"mimeType":"image/png","data":"\#($0)"}},"# } ?? ""
        let choice = mustCall ? #","toolConfig":{"functionCallingConfig":{"mode":"ANY"}}"# : ""
        return #"""
            {"systemInstruction":{"parts":[{"text":"\#(system)"}]},"contents":[
             {"role":"user","parts":[\#(image){"text":"\#(words)"}]},
             {"role":"model","parts":[{"text":"\#(says)"},{"functionCall":{"name":"\#(tool)","args":\#(arguments)}}]},
             {"role":"user","parts":[{"functionResponse":{"name":"\#(tool)","response":{"output":"\#(result)"}}},{"text":"And now?"}]}],
             "tools":[{"functionDeclarations":[{"name":"\#(tool)","description":"\#(description)","parametersJsonSchema":\#(schema)}]}]\#(choice),
             "generationConfig":{"temperature":\#(temperature),"topP":\#(topP),"maxOutputTokens":\#(limit)}\#(more)}
            """#
    }

    private func ollama(_ more: String) -> String {
        let image = picture.map { #","images":["\#($0)"]"# } ?? ""
        return #"""
            {"model":"m","messages":[{"role":"system","content":"\#(system)"},
             {"role":"user","content":"\#(words)"\#(image)},
             {"role":"assistant","content":"\#(says)","tool_calls":[{"function":{"name":"\#(tool)","arguments":\#(arguments)}}]},
             {"role":"tool","tool_name":"\#(tool)","content":"\#(result)"},
             {"role":"user","content":"And now?"}],
             "tools":[{"type":"function","function":{"name":"\#(tool)","description":"\#(description)","parameters":\#(schema)}}],
             "options":{"temperature":\#(temperature),"top_p":\#(topP),"num_predict":\#(limit)}\#(more)}
            """#
    }
}
