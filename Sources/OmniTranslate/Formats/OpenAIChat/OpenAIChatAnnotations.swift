import OmniJSON

/// `annotations`: the only citations chat knows are of web pages.
enum OpenAIChatAnnotations {
    /// - Parameters:
    ///   - citations: as their origin wrote them: chat's own `url_citation`, or Anthropic's kinds.
    ///   - range: what of the content they support, in characters.
    /// - Returns: a JSON array; empty when none of them can be said.
    static func write(_ citations: [JSONValue], range: Range<Int>, report: inout TranslationReport) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        var isEmpty = true
        for citation in citations {
            if citation["type"]?.isString("url_citation") == true {
                writer.value(citation)
                isEmpty = false
            } else if let url = citation["url"]?.text, !url.isEmpty {
                writer.beginObject()
                writer.key("type")
                writer.value("url_citation")
                writer.key("url_citation")
                writer.beginObject()
                writer.key("start_index")
                writer.value(range.lowerBound)
                writer.key("end_index")
                writer.value(range.upperBound)
                writer.key("title")
                writer.value(citation["title"]?.text ?? .empty)
                writer.key("url")
                writer.value(url)
                writer.endObject()
                writer.endObject()
                isEmpty = false
            } else {
                report.add("citations")
            }
        }
        writer.endArray()
        return isEmpty ? [] : writer.bytes
    }
}
