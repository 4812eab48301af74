import OmniJSON
import OmniTranslate

/// One entry of the model lists.
struct ModelListing: Sendable {
    var id: String
    var name: String
    var owner: String
    /// In tokens, where the catalog knows it.
    var contextWindow: Int?

    /// Models of every usable provider, then aliases that are names, then combos.
    static func all(routes: [ProviderRoute], aliases: [ModelAlias], combos: [Combo] = []) -> [ModelListing] {
        var listings: [ModelListing] = []
        for route in routes where !route.accounts.isEmpty {
            for model in route.models {
                listings.append(
                    ModelListing(
                        id: "\(route.prefix)/\(model.id)", name: model.name, owner: route.prefix,
                        contextWindow: model.contextWindow))
            }
        }
        for alias in aliases where !WildcardAliases.isPattern(alias.alias) {
            listings.append(ModelListing(id: alias.alias, name: alias.model, owner: "omniroute"))
        }
        for combo in combos where combo.isActive && !listings.contains(where: { $0.id == combo.name }) {
            listings.append(ModelListing(id: combo.name, name: combo.name, owner: "combo"))
        }
        return listings
    }

    /// One model as its dialect's own operation for it answers.
    func body(for format: WireFormat) -> [UInt8] {
        var writer = JSONWriter()
        switch format {
        case .openAIChat, .openAIResponses: writeOpenAI(into: &writer)
        case .anthropicMessages: writeAnthropic(into: &writer)
        case .gemini: writeGemini(into: &writer)
        case .ollama:
            return OllamaDocuments.show(
                capabilities: ["completion", "tools"], contextLength: contextWindow, modified: 0)
        }
        return writer.bytes
    }

    static func openAIList(_ listings: [ModelListing]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: listings.count * 100 + 64)
        writer.beginObject()
        writer.key("object")
        writer.value("list")
        writer.key("data")
        writer.beginArray()
        for listing in listings { listing.writeOpenAI(into: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    static func anthropicList(_ listings: [ModelListing]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: listings.count * 120 + 64)
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        for listing in listings { listing.writeAnthropic(into: &writer) }
        writer.endArray()
        writer.key("has_more")
        writer.value(false)
        writer.key("first_id")
        if let first = listings.first { writer.string(first.id) } else { writer.null() }
        writer.key("last_id")
        if let last = listings.last { writer.string(last.id) } else { writer.null() }
        writer.endObject()
        return writer.bytes
    }

    private func writeOpenAI(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("object")
        writer.value("model")
        // Unknown times are a stable zero, never invented.
        writer.key("created")
        writer.value(0)
        writer.key("owned_by")
        writer.string(owner)
        writer.endObject()
    }

    private func writeAnthropic(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value("model")
        writer.key("id")
        writer.string(id)
        writer.key("display_name")
        writer.string(name)
        writer.key("created_at")
        writer.value("1970-01-01T00:00:00Z")
        writer.endObject()
    }
}
