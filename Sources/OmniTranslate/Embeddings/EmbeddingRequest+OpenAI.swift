import OmniJSON

/// The dialects that are OpenAI's but for some words.
extension EmbeddingRequest {
    func writeOpenAI(
        _ model: String, as dialect: EmbeddingDialect, into writer: inout JSONWriter, losses: inout [String]
    ) throws(TranslationError) {
        writer.key("model")
        writer.string(model)
        writer.key("input")
        writer.beginArray()
        if dialect == .openAI {
            for input in inputs {
                switch input {
                case .text(let text): writer.value(text)
                case .tokens(let tokens): writer.value(tokens)
                }
            }
        } else {
            for text in try texts() { writer.value(text) }
        }
        writer.endArray()
        writeEncoding(as: dialect, into: &writer)
        if dialect == .mistral || dialect == .voyage {
            writeDimensions("output_dimension", into: &writer)
        } else {
            writeDimensions("dimensions", into: &writer)
        }
        writeTask(as: dialect, into: &writer, losses: &losses)
        writeTruncation(as: dialect, into: &writer)
        let knowsUser = dialect == .openAI || dialect == .nvidia
        if knowsUser, let user {
            writer.key("user")
            writer.value(user)
        }
        noteLosses(
            task: dialect == .openAI || dialect == .mistral, truncation: dialect == .openAI || dialect == .mistral,
            title: true, user: !knowsUser, in: &losses)
        // What an OpenAI client says beyond OpenAI's words may be words of this very server.
        guard isOpenAI else {
            losses += furtherFields.map(\.name.string)
            return
        }
        for field in furtherFields {
            writer.key(field.name)
            writer.value(field.value)
        }
    }

    private func writeEncoding(as dialect: EmbeddingDialect, into writer: inout JSONWriter) {
        switch dialect {
        case .jina:
            guard !furtherFields.contains(where: { $0.name.equals("embedding_type") }) else { return }
            writer.key("embedding_type")
        // It has no word for numbers: they are what comes unasked.
        case .voyage where encoding == .float: return
        default: writer.key("encoding_format")
        }
        if encoding == .base64 { writer.value("base64") } else { writer.value("float") }
    }

    private func writeTask(as dialect: EmbeddingDialect, into writer: inout JSONWriter, losses: inout [String]) {
        let word: JSONText?
        switch dialect {
        case .voyage: word = task?.voyageName
        case .jina: word = task?.jinaName
        // Models for questions and passages demand one; most of what is embedded is searched later.
        case .nvidia:
            guard task != nil || !furtherFields.contains(where: { $0.name.equals("input_type") }) else { return }
            word = task == nil ? "passage" : task?.nvidiaName
        default: return
        }
        guard let word else {
            if task != nil { losses.append("input_type") }
            if dialect == .nvidia {
                writer.key("input_type")
                writer.value("passage")
            }
            return
        }
        if dialect == .jina { writer.key("task") } else { writer.key("input_type") }
        writer.value(word)
    }

    private func writeTruncation(as dialect: EmbeddingDialect, into writer: inout JSONWriter) {
        guard let truncates else { return }
        switch dialect {
        case .voyage:
            writer.key("truncation")
            writer.value(truncates)
        case .jina:
            writer.key("truncate")
            writer.value(truncates)
        case .nvidia:
            writer.key("truncate")
            if truncates { writer.value("END") } else { writer.value("NONE") }
        default: return
        }
    }
}
