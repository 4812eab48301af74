import OmniJSON

extension EmbeddingRequest {
    /// Writes the request for an upstream.
    /// - Parameters:
    ///   - model: its id there.
    ///   - isStrict: whether what cannot be said is an error, and not only reported.
    /// - Throws: an error of code unsupported, for tokens where only text is taken too.
    public func encoded(
        to dialect: EmbeddingDialect, model: String, isStrict: Bool, report: inout TranslationReport
    ) throws(TranslationError) -> [UInt8] {
        var losses = furtherFields
        var writer = JSONWriter(reservingCapacity: inputs.count * 256 + 128)
        writer.beginObject()
        switch dialect {
        case .openAI: writeOpenAI(model, into: &writer, losses: &losses)
        case .gemini, .geminiBatch: try writeGemini(model, into: &writer, losses: &losses)
        case .ollama, .ollamaPrompt: try writeOllama(model, into: &writer, losses: &losses)
        case .cohere: try writeCohere(model, into: &writer, losses: &losses)
        }
        writer.endObject()
        if isStrict, let loss = losses.first {
            throw TranslationError(.unsupported, "the upstream has no such field", at: loss)
        }
        for loss in losses { report.add(loss) }
        return writer.bytes
    }

    private func writeOpenAI(_ model: String, into writer: inout JSONWriter, losses: inout [String]) {
        writer.key("model")
        writer.string(model)
        writer.key("input")
        writer.beginArray()
        for input in inputs {
            switch input {
            case .text(let text): writer.value(text)
            case .tokens(let tokens): writer.value(tokens)
            }
        }
        writer.endArray()
        writer.key("encoding_format")
        if encoding == .base64 { writer.value("base64") } else { writer.value("float") }
        writeDimensions("dimensions", into: &writer)
        if let user {
            writer.key("user")
            writer.value(user)
        }
        noteLosses(task: true, truncation: true, title: true, user: false, in: &losses)
    }

    private func writeGemini(
        _ model: String, into writer: inout JSONWriter, losses: inout [String]
    ) throws(TranslationError) {
        writer.key("requests")
        writer.beginArray()
        for text in try texts() {
            writer.beginObject()
            writer.key("model")
            writer.string("models/\(model)")
            writer.key("content")
            writer.beginObject()
            writer.key("parts")
            writer.beginArray()
            writer.beginObject()
            writer.key("text")
            writer.value(text)
            writer.endObject()
            writer.endArray()
            writer.endObject()
            if let task {
                writer.key("taskType")
                switch task {
                case .document: writer.value("RETRIEVAL_DOCUMENT")
                case .query: writer.value("RETRIEVAL_QUERY")
                case .classification: writer.value("CLASSIFICATION")
                case .clustering: writer.value("CLUSTERING")
                case .gemini(let name): writer.value(name)
                }
            }
            if let title {
                writer.key("title")
                writer.value(title)
            }
            writeDimensions("outputDimensionality", into: &writer)
            writer.endObject()
        }
        writer.endArray()
        noteLosses(task: false, truncation: true, title: false, user: true, in: &losses)
    }

    private func writeOllama(
        _ model: String, into writer: inout JSONWriter, losses: inout [String]
    ) throws(TranslationError) {
        writer.key("model")
        writer.string(model)
        writer.key("input")
        writer.beginArray()
        for text in try texts() { writer.value(text) }
        writer.endArray()
        if let truncates {
            writer.key("truncate")
            writer.value(truncates)
        }
        writeDimensions("dimensions", into: &writer)
        noteLosses(task: true, truncation: false, title: true, user: true, in: &losses)
    }

    private func writeCohere(
        _ model: String, into writer: inout JSONWriter, losses: inout [String]
    ) throws(TranslationError) {
        writer.key("model")
        writer.string(model)
        writer.key("texts")
        writer.beginArray()
        for text in try texts() { writer.value(text) }
        writer.endArray()
        // Cohere demands one; most of what is embedded is searched later.
        writer.key("input_type")
        switch task {
        case .query: writer.value("search_query")
        case .classification: writer.value("classification")
        case .clustering: writer.value("clustering")
        case .document, nil: writer.value("search_document")
        case .gemini:
            writer.value("search_document")
            losses.append("taskType")
        }
        writer.key("embedding_types")
        writer.beginArray()
        writer.value("float")
        writer.endArray()
        if let truncates {
            writer.key("truncate")
            if truncates { writer.value("END") } else { writer.value("NONE") }
        }
        writeDimensions("output_dimension", into: &writer)
        noteLosses(task: false, truncation: false, title: true, user: true, in: &losses)
    }

    private func writeDimensions(_ name: StaticString, into writer: inout JSONWriter) {
        guard let dimensions else { return }
        writer.key(name)
        writer.value(dimensions)
    }

    private func noteLosses(task: Bool, truncation: Bool, title: Bool, user: Bool, in losses: inout [String]) {
        if task, self.task != nil { losses.append("input_type") }
        if truncation, truncates == false { losses.append("truncate") }
        if title, self.title != nil { losses.append("title") }
        if user, self.user != nil { losses.append("user") }
    }

    private func texts() throws(TranslationError) -> [JSONText] {
        var texts: [JSONText] = []
        for input in inputs {
            guard case .text(let text) = input else {
                throw TranslationError(.unsupported, "the upstream takes text, not tokens", at: "input")
            }
            texts.append(text)
        }
        return texts
    }
}
