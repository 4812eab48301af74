import OmniJSON
import OmniTranslate

/// What is known of an answer besides its body, as the archive keeps it.
extension CachedAnswer {
    public var description: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("provider")
        writer.string(provider.rawValue)
        writer.key("model")
        writer.string(model)
        writer.key("format")
        writer.string(format.rawValue)
        writer.key("stream")
        writer.value(isStream)
        writer.key("array")
        writer.value(usesArrayFraming)
        writer.optional("cost", cost.map { Int($0.value) })
        writer.key("renamed")
        writer.beginObject()
        for (sent, own) in renamedTools.sorted(by: { $0.key.escaped.lexicographicallyPrecedes($1.key.escaped) }) {
            writer.key(sent)
            writer.value(own)
        }
        writer.endObject()
        writer.key("custom")
        writer.write(customTools.sorted { $0.escaped.lexicographicallyPrecedes($1.escaped) })
        if !groupedTools.isEmpty { write(groupedTools, into: &writer) }
        writer.key("stops")
        writer.write(stopSequences)
        writer.key("losses")
        writer.beginArray()
        for loss in report.losses {
            writer.beginArray()
            writer.string(loss.field)
            writer.string(loss.reason)
            writer.endArray()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func write(_ tools: [JSONText: GroupedTool], into writer: inout JSONWriter) {
        writer.key("grouped")
        writer.beginObject()
        for (sent, own) in tools.sorted(by: { $0.key.escaped.lexicographicallyPrecedes($1.key.escaped) }) {
            writer.key(sent)
            writer.write([own.namespace, own.name])
        }
        writer.endObject()
    }

    /// - Returns: nil when the description is none that was written here.
    public init?(description: [UInt8], body: [UInt8], storedAt: Int64) {
        // A damaged row is an answer the cache does not have.
        guard let object = try? JSONValue(parsing: description), let provider = object["provider"]?.string,
            let model = object["model"]?.string,
            let format = object["format"]?.string.flatMap(WireFormat.init(rawValue:)),
            let isStream = object["stream"]?.bool
        else { return nil }
        self.init(
            provider: ProviderID(provider), model: model, format: format, isStream: isStream, body: body,
            storedAt: storedAt)
        usesArrayFraming = object["array"]?.bool ?? false
        cost = object["cost"]?.int.map { NanoDollars(Int64($0)) }
        for member in object["renamed"]?.members.map({ $0 }) ?? [] { renamedTools[member.name] = member.value.text }
        customTools = Set(object["custom"]?.elements.compactMap(\.text) ?? [])
        for member in object["grouped"]?.members.map({ $0 }) ?? [] {
            let names = member.value.elements.compactMap(\.text)
            if names.count == 2 { groupedTools[member.name] = GroupedTool(namespace: names[0], name: names[1]) }
        }
        stopSequences = object["stops"]?.elements.compactMap(\.text) ?? []
        for loss in object["losses"]?.elements.map({ $0 }) ?? [] {
            let words = loss.elements.compactMap(\.string)
            if words.count == 2 { report.add(words[0], words[1]) }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ texts: [JSONText]) {
        beginArray()
        for text in texts { value(text) }
        endArray()
    }
}
