/// What a client calls a field of the canonical request.
///
/// Encoders report losses and refusals under canonical names, which are those of OpenAI Chat. Whoever wrote the request in
/// another dialect has never heard them; here they become paths that can be found in the request as it was sent.
/// `docs/translation.md` has the same table.
enum ClientFieldName {
    /// The names in dialects other than Chat; nil where the dialect has no such field.
    struct Row {
        var responses: String?
        var anthropic: String?
        var gemini: String?
        var ollama: String?

        init(_ responses: String?, _ anthropic: String?, _ gemini: String?, _ ollama: String?) {
            self.responses = responses
            self.anthropic = anthropic
            self.gemini = gemini
            self.ollama = ollama
        }

        func name(in client: WireFormat) -> String? {
            switch client {
            case .openAIChat: nil
            case .openAIResponses: responses
            case .anthropicMessages: anthropic
            case .gemini: gemini
            case .ollama: ollama
            }
        }
    }

    /// - Parameter field: a canonical name, or a field of the client's own kept beside the canonical ones.
    static func name(of field: String, in client: WireFormat) -> String {
        if let row = table[field] { return row.name(in: client) ?? field }
        // What belongs to messages is named after the list they stand in, with whatever the client calls it there.
        for list in ["messages.", "output_config."] where field.hasPrefix(list) {
            guard let name = table[String(list.dropLast())]?.name(in: client) else { break }
            return name + field.dropFirst(list.count - 1)
        }
        return field
    }

    /// By canonical name; a field without a row is called the same everywhere.
    static let table: [String: Row] = [
        "temperature": Row("temperature", "temperature", "generationConfig.temperature", "options.temperature"),
        "top_p": Row("top_p", "top_p", "generationConfig.topP", "options.top_p"),
        "top_k": Row(nil, "top_k", "generationConfig.topK", "options.top_k"),
        "frequency_penalty": Row(nil, nil, "generationConfig.frequencyPenalty", "options.frequency_penalty"),
        "presence_penalty": Row(nil, nil, "generationConfig.presencePenalty", "options.presence_penalty"),
        "seed": Row(nil, nil, "generationConfig.seed", "options.seed"),
        "logprobs": Row("top_logprobs", nil, "generationConfig.responseLogprobs", "logprobs"),
        "n": Row(nil, nil, "generationConfig.candidateCount", nil),
        "stop": Row(nil, "stop_sequences", "generationConfig.stopSequences", "options.stop"),
        "max_tokens": Row(
            "max_output_tokens", "max_tokens", "generationConfig.maxOutputTokens", "options.num_predict"),
        "modalities": Row(nil, nil, "generationConfig.responseModalities", nil),
        "response_format": Row("text.format", "output_config.format", "generationConfig.responseMimeType", "format"),
        "output_config": Row("text", "output_config", nil, nil),
        "reasoning_effort": Row("reasoning", "thinking", "generationConfig.thinkingConfig", "think"),
        "reasoning_content": Row("input.reasoning", "messages.thinking", "contents.thought", "messages.thinking"),
        "extra_content": Row(
            "input.reasoning.encrypted_content", "messages.signature", "contents.thoughtSignature", nil),
        "messages": Row("input", "messages", "contents", "messages"),
        "messages.system": Row("input.system", "system", "systemInstruction", "messages.system"),
        "tool_calls.arguments": Row(
            "input.function_call.arguments", "messages.tool_use.input", "contents.functionCall.args",
            "messages.tool_calls.arguments"),
        "tools.parameters": Row("tools.parameters", "tools.input_schema", "tools.parameters", "tools.parameters"),
        "tools.strict": Row("tools.strict", "tools.strict", "toolConfig.functionCallingConfig.mode", nil),
        "tool_choice": Row("tool_choice", "tool_choice", "toolConfig.functionCallingConfig", nil),
        "parallel_tool_calls": Row("parallel_tool_calls", "tool_choice.disable_parallel_tool_use", nil, nil),
        "service_tier": Row("service_tier", "service_tier", "serviceTier", nil),
        "prompt_cache_breakpoint": Row("prompt_cache_breakpoint", "cache_control", nil, nil),
    ]
}

extension TranslationReport {
    /// The same losses in the words of the client.
    func named(for client: WireFormat) -> TranslationReport {
        guard client != .openAIChat, !isEmpty else { return self }
        var named = TranslationReport()
        for loss in losses { named.add(ClientFieldName.name(of: loss.field, in: client), loss.reason) }
        return named
    }
}

extension TranslationError {
    /// The same error with its place in the words of the client.
    func named(for client: WireFormat) -> TranslationError {
        TranslationError(code, message, at: path.map { ClientFieldName.name(of: $0, in: client) })
    }
}
