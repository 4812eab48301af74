public import OmniJSON

/// The vectors of an answer, in the order of the inputs.
public struct EmbeddingAnswer: Sendable {
    /// One vector as the upstream wrote it.
    public enum Vector: Sendable {
        /// An array of numbers.
        case numbers(JSONValue)
        /// Little-endian 32-bit floats in base64.
        case base64(JSONText)
    }

    public var vectors: [Vector]
    /// Tokens of the inputs; nil when the upstream does not say.
    public var tokens: Int?

    /// Reads an upstream's answer.
    /// - Throws: an error of code malformedAnswer, also when there are more or fewer vectors than inputs.
    public init(_ body: JSONValue, of dialect: EmbeddingDialect, inputs: Int) throws(TranslationError) {
        switch dialect {
        case .openAI, .mistral, .nvidia, .voyage, .jina:
            let usage = body.present("usage")
            tokens = (usage?.present("prompt_tokens") ?? usage?.present("total_tokens"))?.int
            vectors = try Self.indexed(body["data"], inputs: inputs)
        case .gemini, .geminiBatch:
            tokens = body.present("usageMetadata")?.present("promptTokenCount")?.int
            let listed = body.present("embeddings").map { Array($0.elements) } ?? []
            vectors = []
            for element in (body.present("embedding").map { [$0] } ?? []) + listed {
                vectors.append(try Self.vector(element["values"]))
            }
        case .ollama, .ollamaPrompt:
            tokens = body.present("prompt_eval_count")?.int
            vectors = try Self.listed(body["embeddings"])
        case .cohere:
            tokens = body.present("meta")?.present("billed_units")?.present("input_tokens")?.int
            vectors = try Self.listed(body.present("embeddings")?["float"])
        }
        guard vectors.count == inputs else {
            throw TranslationError(.malformedAnswer, "\(vectors.count) embeddings for \(inputs) inputs")
        }
    }

    /// Adds the answer for the inputs that follow.
    public mutating func append(_ other: EmbeddingAnswer) {
        vectors += other.vectors
        // A sum without one of its parts would be wrong.
        tokens = tokens.flatMap { count in other.tokens.map { count + $0 } }
    }

    /// Writes the answer for a client.
    ///
    /// Numbers stay as the upstream wrote them, unless they change between text and base64.
    /// - Parameter model: the name it is given out as.
    public func encoded(
        to dialect: EmbeddingDialect, encoding: EmbeddingRequest.Encoding, model: String
    ) throws(TranslationError) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: vectors.count * 8192 + 256)
        writer.beginObject()
        switch dialect {
        case .openAI, .cohere, .mistral, .nvidia, .voyage, .jina: try writeOpenAI(encoding, model: model, into: &writer)
        case .gemini:
            writer.key("embedding")
            for vector in vectors.prefix(1) { try Self.writeValues(vector, into: &writer) }
        case .geminiBatch:
            writer.key("embeddings")
            writer.beginArray()
            for vector in vectors { try Self.writeValues(vector, into: &writer) }
            writer.endArray()
        case .ollama:
            writer.key("model")
            writer.string(model)
            writer.key("embeddings")
            writer.beginArray()
            for vector in vectors { try vector.write(.float, into: &writer) }
            writer.endArray()
            if let tokens {
                writer.key("prompt_eval_count")
                writer.value(tokens)
            }
        case .ollamaPrompt:
            writer.key("embedding")
            for vector in vectors.prefix(1) { try vector.write(.float, into: &writer) }
        }
        writer.endObject()
        return writer.bytes
    }

    private static func writeValues(_ vector: Vector, into writer: inout JSONWriter) throws(TranslationError) {
        writer.beginObject()
        writer.key("values")
        try vector.write(.float, into: &writer)
        writer.endObject()
    }

    private static func listed(_ value: JSONValue?) throws(TranslationError) -> [Vector] {
        var vectors: [Vector] = []
        for element in value.map({ Array($0.elements) }) ?? [] { vectors.append(try vector(element)) }
        return vectors
    }

    /// Servers that work in parallel may list vectors in another order.
    private static func indexed(_ value: JSONValue?, inputs: Int) throws(TranslationError) -> [Vector] {
        var slots = [Vector?](repeating: nil, count: inputs)
        let elements = value.map { Array($0.elements) } ?? []
        for (position, element) in elements.enumerated() {
            let index = element.present("index")?.int ?? position
            guard slots.indices.contains(index), slots[index] == nil else {
                throw TranslationError(.malformedAnswer, "an embedding has no input", at: "data[\(position)].index")
            }
            slots[index] = try vector(element["embedding"])
        }
        return slots.compactMap { $0 }
    }

    private static func vector(_ value: JSONValue?) throws(TranslationError) -> Vector {
        if let text = value?.text { return .base64(text) }
        guard let value, value.kind == .array else {
            throw TranslationError(.malformedAnswer, "an embedding is neither an array nor a string")
        }
        return .numbers(value)
    }

    /// Whether every vector is written as asked.
    public func isWritten(as encoding: EmbeddingRequest.Encoding) -> Bool {
        vectors.allSatisfy { vector in
            switch vector {
            case .numbers: encoding == .float
            case .base64: encoding == .base64
            }
        }
    }
}
