import OmniJSON

/// Sources of an answer: Gemini's metadata beside the content, chat's `url_citation` and Anthropic's kinds on a text.
enum GeminiCitations {
    /// The sources of a candidate as chat's `url_citation` objects.
    /// - Parameters:
    ///   - text: the decoded visible text, UTF-8; Gemini counts its bytes, everybody else characters (C175).
    ///   - starts: where in `text` each part of the content begins; a segment counts from the start of its part.
    static func decode(_ candidate: JSONValue, text: [UInt8], starts: [Int] = []) -> [JSONValue] {
        decode(
            grounding: candidate.present("groundingMetadata"), citations: candidate.present("citationMetadata"),
            text: text, starts: starts)
    }

    static func decode(
        grounding: JSONValue?, citations: JSONValue?, text: [UInt8], starts: [Int] = []
    ) -> [JSONValue] {
        var found: [JSONValue] = []
        if let grounding {
            let chunks = grounding["groundingChunks"].map { Array($0.elements) } ?? []
            let supports = grounding["groundingSupports"].map { Array($0.elements) } ?? []
            for support in supports {
                let segment = support["segment"]
                let part = segment?["partIndex"]?.int ?? 0
                let base = starts.indices.contains(part) ? starts[part] : 0
                let range = characters(in: text, segment, base: base)
                for index in support["groundingChunkIndices"]?.elements.compactMap(\.int) ?? []
                where chunks.indices.contains(index) {
                    append(source(of: chunks[index]), range: range, to: &found)
                }
            }
            if supports.isEmpty {
                let all = 0..<characterCount(text[...])
                for chunk in chunks { append(source(of: chunk), range: all, to: &found) }
            }
        }
        for source in citations?["citationSources"].map({ Array($0.elements) }) ?? [] {
            append(
                (source["uri"]?.text, source["title"]?.text), range: characters(in: text, source, base: 0), to: &found)
        }
        return found
    }

    private static func source(of chunk: JSONValue) -> (uri: JSONText?, title: JSONText?) {
        let place = chunk.present("web") ?? chunk.present("retrievedContext") ?? chunk.present("maps")
        return (place?["uri"]?.text, place?["title"]?.text)
    }

    private static func characters(in text: [UInt8], _ segment: JSONValue?, base: Int) -> Range<Int> {
        func offset(_ value: JSONValue?) -> Int { min(max(0, value?.int ?? 0), text.count) }
        let start = min(base + offset(segment?["startIndex"]), text.count)
        let end = min(max(start, base + offset(segment?["endIndex"])), text.count)
        let first = characterCount(text[..<start])
        return first..<first + characterCount(text[start..<end])
    }

    /// Unicode scalars: every byte that does not continue one.
    private static func characterCount(_ bytes: ArraySlice<UInt8>) -> Int { bytes.count { $0 & 0xC0 != 0x80 } }

    private static func append(
        _ source: (uri: JSONText?, title: JSONText?), range: Range<Int>, to citations: inout [JSONValue]
    ) {
        guard let uri = source.uri, !uri.isEmpty else { return }
        var writer = JSONWriter()
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
        writer.value(source.title ?? .empty)
        writer.key("url")
        writer.value(uri)
        writer.endObject()
        writer.endObject()
        // Made of values of a parsed text, it parses.
        if let value = try? JSONValue(parsing: writer.bytes) { citations.append(value) }
    }

    // MARK: Towards Gemini

    /// One citation of a text block; block: the block's bytes in the visible text.
    struct Source: Sendable {
        var citation: JSONValue
        var block: Range<Int>
    }

    /// Writes `groundingMetadata` as the next member, if there is anything to say; a citation without an address is only
    /// reported.
    ///
    /// - Parameter calls: those that searched the web; what they found stands behind what the text cites of it.
    static func write(
        _ sources: [Source], text: [UInt8], calls: [HostedCall], into writer: inout JSONWriter,
        report: inout TranslationReport
    ) {
        let queries = GeminiHostedCalls.queries(of: calls)
        var known: [(uri: JSONText, title: JSONText?, range: Range<Int>)] = []
        for source in sources {
            let citation = source.citation
            let inner = citation.present("url_citation") ?? citation
            guard let uri = inner["url"]?.text, !uri.isEmpty else {
                report.add("citations")
                continue
            }
            var range = source.block
            if let start = inner["start_index"]?.int, let end = inner["end_index"]?.int, start >= 0, end >= start {
                range = bytes(in: text, start..<end)
            }
            known.append((uri, inner["title"]?.text, range))
        }
        let uncited = GeminiHostedCalls.pages(of: calls).filter { page in !known.contains { $0.uri == page.url } }
        guard !known.isEmpty || !queries.isEmpty || !uncited.isEmpty else { return }
        writer.key("groundingMetadata")
        writer.beginObject()
        if !queries.isEmpty {
            writer.key("webSearchQueries")
            writer.beginArray()
            for query in queries { writer.value(query) }
            writer.endArray()
        }
        writer.key("groundingChunks")
        writer.beginArray()
        for source in known { writePage(source.uri, source.title, into: &writer) }
        for page in uncited { writePage(page.url, page.title, into: &writer) }
        writer.endArray()
        writer.key("groundingSupports")
        writer.beginArray()
        for (index, source) in known.enumerated() {
            writer.beginObject()
            writer.key("segment")
            writer.beginObject()
            writer.key("startIndex")
            writer.value(source.range.lowerBound)
            writer.key("endIndex")
            writer.value(source.range.upperBound)
            writer.key("text")
            writer.value(JSONText(escaping: text[source.range]))
            writer.endObject()
            writer.key("groundingChunkIndices")
            writer.beginArray()
            writer.value(index)
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    private static func writePage(_ uri: JSONText, _ title: JSONText?, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("web")
        writer.beginObject()
        writer.key("uri")
        writer.value(uri)
        writer.key("title")
        writer.value(title ?? uri)
        writer.endObject()
        writer.endObject()
    }

    /// Where characters lie among the bytes.
    private static func bytes(in text: [UInt8], _ characters: Range<Int>) -> Range<Int> {
        var count = 0
        var start = text.count
        for (offset, byte) in text.enumerated() where byte & 0xC0 != 0x80 {
            if count == characters.lowerBound { start = offset }
            if count == characters.upperBound { return min(start, offset)..<offset }
            count += 1
        }
        return start..<text.count
    }
}
