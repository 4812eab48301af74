import OmniJSON

extension OpenAIResponsesRequestEncoder {
    /// A part of a user's message, of instructions or of a tool's output.
    mutating func writePart(_ part: Part) throws(TranslationError) {
        switch part {
        case .text(let text): writeTextPart(text.text, breakpoint: text.cacheBreakpoint)
        case .refusal(let text): writeTextPart(text)
        case .media(let media): try write(media)
        case .unknown(let unknown):
            if unknown.origin == .openAIResponses { return writer.value(unknown.raw) }
            guard let words = unknown.words else {
                throw TranslationError(
                    .unsupported, "content of type '\(unknown.type.string)' cannot be sent to this model",
                    at: "messages")
            }
            report.add("messages.\(unknown.type.string)", "flattened")
            writeTextPart(words)
        case .reasoning, .toolCall, .toolResult, .hostedCall: break
        }
    }

    private mutating func writeTextPart(_ text: JSONText, breakpoint: CacheBreakpoint? = nil) {
        writer.beginObject()
        writer.key("type")
        writer.value("input_text")
        writer.key("text")
        writer.value(text)
        writeBreakpoint(breakpoint)
        writer.endObject()
    }

    private mutating func write(_ media: MediaPart) throws(TranslationError) {
        if media.citationsEnabled == true { report.add("messages.citations") }
        for field in media.vendorFields where !field.name.equals("transformations") {
            report.add("messages.\(field.name.string)")
        }
        if !isOwn, let text = media.plainText { return writeTextPart(text, breakpoint: media.cacheBreakpoint) }
        switch (media.kind, media.source) {
        case (.image, .url(let url)): write(media, "input_image", "image_url", [url])
        case (.image, .base64(let declared, let data)):
            let type = ImageType.mediaType(data, declared: declared) ?? "image/png"
            write(media, "input_image", "image_url", ["data:", type, ";base64,", data])
        case (.document, .base64(let declared, let data)):
            if let context = media.context { writeTextPart(context) }
            write(media, "input_file", "file_data", ["data:", declared ?? "application/pdf", ";base64,", data])
        case (.document, .url(let url)):
            if let context = media.context { writeTextPart(context) }
            write(media, "input_file", "file_url", [url])
        case (.document, .text):
            if let text = media.plainText { writeTextPart(text, breakpoint: media.cacheBreakpoint) }
        case (.document, .blocks(let blocks)): try write(blocks: blocks, of: media)
        case (.image, .fileID(let id)) where isOfOpenAI: write(media, "input_image", "file_id", [id])
        case (.document, .fileID(let id)) where isOfOpenAI: write(media, "input_file", "file_id", [id])
        case (_, .fileID):
            throw TranslationError(
                .unsupported, "a file id of another provider means nothing to this model", at: "messages")
        default: throw TranslationError(.unsupported, "this model does not take this kind of media", at: "messages")
        }
    }

    /// Whether the client's file ids are of the same store.
    private var isOfOpenAI: Bool { isOwn || request.origin == .openAIChat && capabilities.isOpenAI }

    private mutating func write(
        _ media: MediaPart, _ type: StaticString, _ name: StaticString, _ value: [JSONText]
    ) {
        writer.beginObject()
        writer.key("type")
        writer.value(type)
        if media.kind == .image {
            // The schema demands it.
            writer.key("detail")
            writer.value(media.detail ?? "auto")
        } else {
            if case .base64 = media.source {
                writer.key("filename")
                writer.value(media.uploadName)
            }
            if let detail = media.detail {
                writer.key("detail")
                writer.value(detail)
            }
        }
        writer.key(name)
        writer.value(joining: value)
        writeBreakpoint(media.cacheBreakpoint)
        writer.endObject()
    }

    /// A document in Anthropic's own blocks: texts and pictures.
    private mutating func write(blocks: JSONValue, of media: MediaPart) throws(TranslationError) {
        if let heading = media.heading { writeTextPart(heading) }
        if let text = blocks.text { return writeTextPart(text) }
        for block in blocks.elements {
            try writePart(try AnthropicRequestDecoder.part(FieldReader(block, path: "messages")))
        }
    }

    // MARK: Cache breakpoints

    /// Taken on the parts of instructions and user messages; elsewhere they are hints and left out.
    private mutating func writeBreakpoint(_ breakpoint: CacheBreakpoint?) {
        guard let breakpoint, capabilities.supportsCacheBreakpoints || isOwn else { return }
        // The last marks cover the longest prefixes, so the first ones are given up.
        guard breakpointsToSkip == 0 else {
            breakpointsToSkip -= 1
            return
        }
        writer.key("prompt_cache_breakpoint")
        writer.beginObject()
        writer.key("mode")
        writer.value("explicit")
        if let lifetime = breakpoint.lifetime, isOwn || request.origin == .openAIChat {
            writer.key("ttl")
            writer.value(lifetime)
        }
        writer.endObject()
    }

    var cacheBreakpointCount: Int {
        guard capabilities.supportsCacheBreakpoints || isOwn else { return 0 }
        var count = 0
        for message in request.messages where message.role != .assistant && message.role != .tool {
            count += message.parts.count(where: \.isMarked)
        }
        return count
    }
}

extension Part {
    fileprivate var isMarked: Bool {
        switch self {
        case .text(let text): text.cacheBreakpoint != nil && !text.text.isBlank
        case .media(let media): media.cacheBreakpoint != nil
        case .refusal, .reasoning, .toolCall, .toolResult, .hostedCall, .unknown: false
        }
    }
}
