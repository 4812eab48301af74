import OmniJSON

extension OpenAIChatRequestEncoder {
    mutating func writePart(_ part: Part) throws(TranslationError) {
        switch part {
        case .text(let text): writeTextPart(text.text, breakpoint: text.cacheBreakpoint)
        case .media(let media): try write(media)
        case .unknown(let unknown):
            if unknown.origin == .openAIChat {
                writer.value(unknown.raw)
            } else {
                writeTextPart(try flattened(unknown))
            }
        case .refusal(let text): writeTextPart(text)
        case .reasoning, .toolCall, .toolResult, .hostedCall: break
        }
    }

    /// A search result's title, source and text; nothing else of another dialect can be said in words.
    mutating func flattened(_ unknown: UnknownPart) throws(TranslationError) -> JSONText {
        guard let words = unknown.words else {
            throw TranslationError(
                .unsupported, "content of type '\(unknown.type.string)' cannot be sent to this model", at: "messages")
        }
        report.add("messages.\(unknown.type.string)", "flattened")
        return words
    }

    mutating func writeTextPart(_ text: JSONText, breakpoint: CacheBreakpoint? = nil) {
        writer.beginObject()
        writer.key("type")
        writer.value("text")
        writer.key("text")
        writer.value(text)
        writeBreakpoint(breakpoint)
        writer.endObject()
    }

    private mutating func write(_ media: MediaPart) throws(TranslationError) {
        reportDetails(of: media)
        if !isOwn, let text = media.plainText { return writeTextPart(text, breakpoint: media.cacheBreakpoint) }
        switch (media.kind, media.source) {
        case (.image, .url(let url)): writeImage([url], of: media)
        case (.image, .base64(let declared, let data)):
            let type = ImageType.mediaType(data, declared: declared) ?? "image/png"
            writeImage(["data:", type, ";base64,", data], of: media)
        case (.document, .base64(let declared, let data)):
            // What servers that imitate OpenAI's read is theirs to know.
            if capabilities.isOpenAI, !isOwn, !DocumentType.isPDF(data, declared: declared) {
                throw TranslationError(.unsupported, "files must be PDF or text for this model", at: "messages")
            }
            if let context = media.context { writeTextPart(context) }
            writeFile(media) { writer in
                writer.key("filename")
                writer.value(media.uploadName)
                writer.key("file_data")
                writer.value(joining: ["data:", declared ?? "application/pdf", ";base64,", data])
            }
        case (.document, .text):
            if let text = media.plainText { writeTextPart(text, breakpoint: media.cacheBreakpoint) }
        case (.document, .blocks(let blocks)): try write(blocks: blocks, of: media)
        case (.document, .fileID(let id)) where isOwn:
            writeFile(media) { writer in
                writer.key("file_id")
                writer.value(id)
            }
        case (.audio, .base64(let type, let data)): try writeAudio(type, data)
        case (_, .fileID):
            throw TranslationError(
                .unsupported, "a file id of another provider means nothing to this model", at: "messages")
        case (.document, .url):
            throw TranslationError(
                .unsupported, "this model does not fetch documents; send the file itself", at: "messages")
        default: throw TranslationError(.unsupported, "this model does not take this kind of media", at: "messages")
        }
    }

    /// Tells what of a file only its own dialect has.
    mutating func reportDetails(of media: MediaPart) {
        if media.citationsEnabled == true { report.add("messages.citations") }
        for field in media.vendorFields where !field.name.equals("transformations") {
            report.add("messages.\(field.name.string)")
        }
    }

    private mutating func writeImage(_ url: [JSONText], of media: MediaPart) {
        writer.beginObject()
        writer.key("type")
        writer.value("image_url")
        writer.key("image_url")
        writer.beginObject()
        writer.key("url")
        writer.value(joining: url)
        if let detail = media.detail {
            writer.key("detail")
            writer.value(detail)
        }
        writer.endObject()
        writeBreakpoint(media.cacheBreakpoint)
        writer.endObject()
    }

    private mutating func writeFile(_ media: MediaPart, _ members: (inout JSONWriter) -> Void) {
        writer.beginObject()
        writer.key("type")
        writer.value("file")
        writer.key("file")
        writer.beginObject()
        members(&writer)
        writer.endObject()
        writeBreakpoint(media.cacheBreakpoint)
        writer.endObject()
    }

    /// A document in Anthropic's own blocks: texts and pictures.
    private mutating func write(blocks: JSONValue, of media: MediaPart) throws(TranslationError) {
        if let heading = media.heading { writeTextPart(heading) }
        if let text = blocks.text { return writeTextPart(text) }
        for block in blocks.elements {
            switch try AnthropicRequestDecoder.part(FieldReader(block, path: "messages")) {
            case .text(let text): writeTextPart(text.text)
            case let part: try writePart(part)
            }
        }
    }

    private mutating func writeAudio(_ type: JSONText?, _ data: JSONText) throws(TranslationError) {
        let format: StaticString
        switch type?.string {
        case "audio/wav", "audio/x-wav", "audio/wave": format = "wav"
        case "audio/mp3", "audio/mpeg": format = "mp3"
        default: throw TranslationError(.unsupported, "audio must be WAV or MP3 for this model", at: "messages")
        }
        writer.beginObject()
        writer.key("type")
        writer.value("input_audio")
        writer.key("input_audio")
        writer.beginObject()
        writer.key("data")
        writer.value(data)
        writer.key("format")
        writer.value(format)
        writer.endObject()
        writer.endObject()
    }

    // MARK: Cache breakpoints

    /// OpenAI takes them on the parts of instructions and user messages; elsewhere they are hints and left out.
    private mutating func writeBreakpoint(_ breakpoint: CacheBreakpoint?) {
        guard let breakpoint, capabilities.supportsCacheBreakpoints else { return }
        // The last marks cover the longest prefixes, so the first ones are given up.
        guard breakpointsToSkip == 0 else {
            breakpointsToSkip -= 1
            return
        }
        writer.key("prompt_cache_breakpoint")
        writer.beginObject()
        writer.key("mode")
        writer.value("explicit")
        if let lifetime = breakpoint.lifetime, isOwn {
            writer.key("ttl")
            writer.value(lifetime)
        }
        writer.endObject()
    }

    var cacheBreakpointCount: Int {
        guard capabilities.supportsCacheBreakpoints else { return 0 }
        var count = 0
        for message in request.messages where message.role != .assistant && message.role != .tool {
            for part in message.parts {
                switch part {
                case .text(let text): if text.cacheBreakpoint != nil, !text.text.isBlank { count += 1 }
                case .media(let media): if media.cacheBreakpoint != nil { count += 1 }
                case .refusal, .reasoning, .toolCall, .toolResult, .hostedCall, .unknown: break
                }
            }
        }
        return count
    }
}

extension MediaPart {
    /// A document that is text, under its title and what the client says about it.
    ///
    /// A file in base64 is read when it is declared as text, and has its name for a title.
    var plainText: JSONText? {
        switch (kind, source) {
        case (_, .text(let text)): JSONText(joining: [heading, text].compactMap { $0 })
        case (.document, .base64(let declared, let data)):
            DocumentType.text(data, declared: declared).map { text in
                JSONText(joining: [title ?? filename, context, text].compactMap { $0 })
            }
        default: nil
        }
    }

    /// The name of a file in base64, which OpenAI demands.
    ///
    /// It reads a file by the ending of its name: only a PDF is called one.
    var uploadName: JSONText {
        if let name = filename ?? title { return name }
        guard case .base64(let declared, let data) = source else { return "document.pdf" }
        return DocumentType.isPDF(data, declared: declared) ? "document.pdf" : "document"
    }

    var heading: JSONText? {
        let pieces = [title, context].compactMap { $0 }
        return pieces.isEmpty ? nil : JSONText(joining: pieces)
    }
}

extension UnknownPart {
    /// What a block of search results says; nil for what cannot be put in words.
    var words: JSONText? {
        guard type.equals("search_result") || type.equals("tool_reference") else { return nil }
        var pieces = [raw["title"]?.text, raw["source"]?.text, raw["tool_name"]?.text]
        pieces += raw["content"]?.elements.map { $0["text"]?.text } ?? []
        return JSONText(joining: pieces.compactMap { $0 })
    }
}

extension JSONText {
    /// Paragraphs.
    fileprivate init(joining pieces: [JSONText]) {
        self = pieces.first ?? ""
        for piece in pieces.dropFirst() { self += "\n\n" + piece }
    }
}
