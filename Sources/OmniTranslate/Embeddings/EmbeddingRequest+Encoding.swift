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
        var losses: [String] = []
        var writer = JSONWriter(reservingCapacity: inputs.count * 256 + 128)
        writer.beginObject()
        switch dialect {
        case .openAI, .mistral, .nvidia, .voyage, .jina:
            try writeOpenAI(model, as: dialect, into: &writer, losses: &losses)
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
                writer.value(task.geminiName)
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
        losses += furtherFields.map(\.name.string)
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
        losses += furtherFields.map(\.name.string)
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
        writer.value(task?.cohereName ?? "search_document")
        if let task, task.cohereName == nil { losses.append("input_type") }
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
        losses += furtherFields.map(\.name.string)
    }

    func writeDimensions(_ name: StaticString, into writer: inout JSONWriter) {
        guard let dimensions else { return }
        writer.key(name)
        writer.value(dimensions)
    }

    func noteLosses(task: Bool, truncation: Bool, title: Bool, user: Bool, in losses: inout [String]) {
        if task, self.task != nil { losses.append("input_type") }
        if truncation, truncates == false { losses.append("truncate") }
        if title, self.title != nil { losses.append("title") }
        if user, self.user != nil { losses.append("user") }
    }

    func texts() throws(TranslationError) -> [JSONText] {
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
