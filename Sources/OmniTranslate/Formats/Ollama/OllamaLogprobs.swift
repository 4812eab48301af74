import OmniJSON

/// Log probabilities: Ollama has a list of tokens where OpenAI has an object that holds one.
enum OllamaLogprobs {
    /// - Parameter tokens: Ollama's `logprobs` array.
    /// - Returns: OpenAI's object, each token completed by what its schema demands; nil when there are no tokens.
    static func decode(_ tokens: JSONValue?) -> JSONValue? {
        guard let tokens, tokens.elements.contains(where: { $0.kind == .object }) else { return nil }
        var writer = JSONWriter(reservingCapacity: tokens.raw.count + 64)
        writer.beginObject()
        writer.key("content")
        writer.beginArray()
        for token in tokens.elements where token.kind == .object { write(token, isAlternative: false, into: &writer) }
        writer.endArray()
        writer.key("refusal")
        writer.null()
        writer.endObject()
        // Made of parsed values, so it parses.
        return try? JSONValue(parsing: writer.bytes)
    }

    private static func write(_ token: JSONValue, isAlternative: Bool, into writer: inout JSONWriter) {
        writer.beginObject()
        for member in token.members where !member.isNamed("top_logprobs") {
            writer.key(member.name)
            writer.value(member.value)
        }
        if token["bytes"] == nil {
            writer.key("bytes")
            writer.null()
        }
        if !isAlternative {
            writer.key("top_logprobs")
            writer.beginArray()
            for alternative in token["top_logprobs"]?.elements ?? token.elements where alternative.kind == .object {
                write(alternative, isAlternative: true, into: &writer)
            }
            writer.endArray()
        }
        writer.endObject()
    }

    /// The tokens of OpenAI's object as Ollama's array; nil when there are none.
    static func tokens(in logprobs: JSONValue?) -> JSONValue? {
        guard let content = logprobs?.present("content"), content.hasElements else {
            return nil
        }
        return content
    }
}
