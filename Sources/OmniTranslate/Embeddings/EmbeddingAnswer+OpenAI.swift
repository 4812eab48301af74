import OmniJSON

extension EmbeddingAnswer {
    func writeOpenAI(
        _ encoding: EmbeddingRequest.Encoding, model: String, into writer: inout JSONWriter
    ) throws(TranslationError) {
        writer.key("object")
        writer.value("list")
        writer.key("data")
        writer.beginArray()
        for (index, vector) in vectors.enumerated() {
            writer.beginObject()
            writer.key("object")
            writer.value("embedding")
            writer.key("index")
            writer.value(index)
            writer.key("embedding")
            try vector.write(encoding, into: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("model")
        writer.string(model)
        writer.key("usage")
        writer.beginObject()
        writer.key("prompt_tokens")
        writer.value(tokens ?? 0)
        writer.key("total_tokens")
        writer.value(tokens ?? 0)
        writer.endObject()
    }

    /// The answer as it may be kept and read again, in OpenAI's dialect, with vectors as the upstream wrote them.
    public var kept: [UInt8] {
        var writer = JSONWriter(reservingCapacity: vectors.count * 8192 + 64)
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        for vector in vectors {
            writer.beginObject()
            writer.key("embedding")
            switch vector {
            case .numbers(let numbers): writer.value(numbers)
            case .base64(let text): writer.value(text)
            }
            writer.endObject()
        }
        writer.endArray()
        if let tokens {
            writer.key("usage")
            writer.beginObject()
            writer.key("prompt_tokens")
            writer.value(tokens)
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }

    /// How many numbers the first vector has; nil when there is none.
    public var dimensions: Int? { vectors.first?.dimensions }
}
