import OmniJSON

/// Log probabilities: a plain array here, `{"content": […]}` in the form kept, which is Chat's.
enum OpenAIResponsesLogprobs {
    /// - Parameter lists: arrays in the order of the text they belong to.
    /// - Returns: nil when they hold nothing.
    static func decode(_ lists: [JSONValue]) -> JSONValue? {
        guard lists.contains(where: { $0.hasElements }) else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("content")
        writer.beginArray()
        for list in lists { for entry in list.elements { writer.value(entry) } }
        writer.endArray()
        writer.key("refusal")
        writer.null()
        writer.endObject()
        return try? JSONValue(parsing: writer.bytes)  // Made of values that were parsed before, so it parses.
    }

    /// The entries of the text, without brackets and with commas between; empty when there are none.
    static func entries(of logprobs: JSONValue) -> [UInt8] {
        guard let content = logprobs.present("content"), content.kind == .array else { return [] }
        var entries: [UInt8] = []
        for entry in content.elements {
            if !entries.isEmpty { entries.append(UInt8(ascii: ",")) }
            entries.append(contentsOf: entry.raw)
        }
        return entries
    }
}
