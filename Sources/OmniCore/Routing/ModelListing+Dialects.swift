import OmniJSON

/// The lists of Gemini and Ollama clients.
extension ModelListing {
    static func geminiList(_ listings: [ModelListing]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: listings.count * 200 + 64)
        writer.beginObject()
        writer.key("models")
        writer.beginArray()
        for listing in listings { listing.writeGemini(into: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    static func ollamaList(_ listings: [ModelListing]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: listings.count * 300 + 64)
        writer.beginObject()
        writer.key("models")
        writer.beginArray()
        for listing in listings { listing.writeOllama(into: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    func writeGemini(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("name")
        writer.string("models/" + id)
        writer.key("baseModelId")
        writer.string(id)
        writer.key("version")
        writer.value("1")
        writer.key("displayName")
        writer.string(name)
        writer.key("supportedGenerationMethods")
        writer.raw(Array(#"["generateContent","streamGenerateContent","countTokens"]"#.utf8)[...])
        writer.endObject()
    }

    private func writeOllama(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("name")
        writer.string(id)
        writer.key("model")
        writer.string(id)
        // Sizes and digests are those of files, which models elsewhere do not have here.
        writer.key("modified_at")
        writer.value("1970-01-01T00:00:00Z")
        writer.key("size")
        writer.value(0)
        writer.key("digest")
        writer.value("")
        writer.key("details")
        writeFamily(into: &writer)
        writer.endObject()
    }

    /// The answer of `POST /api/show`.
    func writeOllamaDetails(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("modelfile")
        writer.value("")
        writer.key("parameters")
        writer.value("")
        writer.key("template")
        writer.value("")
        writer.key("details")
        writeFamily(into: &writer)
        writer.key("model_info")
        writer.beginObject()
        writer.key("general.architecture")
        writer.string(owner)
        writer.endObject()
        writer.key("capabilities")
        writer.raw(Array(#"["completion","tools"]"#.utf8)[...])
        writer.key("modified_at")
        writer.value("1970-01-01T00:00:00Z")
        writer.endObject()
    }

    private func writeFamily(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("parent_model")
        writer.value("")
        writer.key("format")
        writer.value("")
        writer.key("family")
        writer.string(owner)
        writer.key("families")
        writer.beginArray()
        writer.string(owner)
        writer.endArray()
        writer.key("parameter_size")
        writer.value("")
        writer.key("quantization_level")
        writer.value("")
        writer.endObject()
    }
}
