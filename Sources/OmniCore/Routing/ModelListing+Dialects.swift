import OmniJSON
import OmniTranslate

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
        OllamaDocuments.tags(models: listings.map(\.id), modified: 0)
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
}
