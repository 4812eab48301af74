public import OmniJSON

/// Requests and answers of the interfaces that count a prompt's tokens without answering it.
///
/// Anthropic `/messages/count_tokens`, OpenAI `/responses/input_tokens`, Gemini `:countTokens`; the other formats have none.
public enum TokenCounting {
    /// The fields that make up a prompt; counters refuse the others.
    private static let fields: [WireFormat: [StaticString]] = [
        .anthropicMessages: [
            "model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "mcp_servers",
        ],
        .openAIResponses: [
            "model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning",
            "truncation", "previous_response_id", "conversation",
        ],
        .gemini: ["contents", "systemInstruction", "system_instruction", "tools", "toolConfig", "tool_config"],
    ]

    /// The request for a format's counter.
    /// - Parameters:
    ///   - request: the body of a chat request of this format.
    ///   - model: its id at the upstream, which Gemini wants inside.
    /// - Returns: nil for formats without a counter.
    public static func request(_ request: JSONValue, of format: WireFormat, model: String) -> [UInt8]? {
        guard let fields = fields[format] else { return nil }
        var writer = JSONWriter(reservingCapacity: request.raw.count + 64)
        writer.beginObject()
        if format == .gemini {
            writer.key("generateContentRequest")
            writer.beginObject()
            writer.key("model")
            writer.string("models/\(model)")
        }
        for member in request.members where fields.contains(where: { member.isNamed($0) }) {
            writer.key(member.name)
            writer.value(member.value)
        }
        if format == .gemini { writer.endObject() }
        writer.endObject()
        return writer.bytes
    }

    /// The chat request inside a client's request to count; the body itself but for one form of Gemini's.
    public static func prompt(in body: JSONValue, of format: WireFormat) -> JSONValue {
        guard format == .gemini else { return body }
        return body.present("generateContentRequest") ?? body.present("generate_content_request") ?? body
    }

    /// What a counter found; nil when it did not answer in its format.
    public static func count(in answer: JSONValue, of format: WireFormat) -> Int? {
        (format == .gemini ? answer["totalTokens"] : answer["input_tokens"])?.int
    }

    /// The answer of a format's counter.
    public static func answer(_ count: Int, of format: WireFormat) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if format == .openAIResponses {
            writer.key("object")
            writer.value("response.input_tokens")
        }
        writer.key(format == .gemini ? "totalTokens" : "input_tokens")
        writer.value(count)
        writer.endObject()
        return writer.bytes
    }

    /// A rough figure for prompts nobody counts: four bytes a token.
    public static func estimate(_ bodyLength: Int) -> Int { max(1, bodyLength / 4) }

    /// A rough figure for answers nobody counted: four bytes a token, begun ones included.
    /// - Parameter textBytes: of text, thoughts and arguments.
    public static func estimatedOutput(_ textBytes: Int) -> Int { (textBytes + 3) / 4 }
}
