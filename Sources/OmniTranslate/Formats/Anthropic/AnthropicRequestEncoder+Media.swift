import OmniJSON

extension AnthropicRequestEncoder {
    mutating func write(_ media: MediaPart) throws(TranslationError) {
        switch media.kind {
        case .image, .document: break
        case .audio: throw TranslationError(.unsupported, "this model does not take audio", at: "messages")
        case .video: throw TranslationError(.unsupported, "this model does not take video", at: "messages")
        }
        let isImage = media.kind == .image
        writer.beginObject()
        writer.key("type")
        writer.value(isImage ? "image" : "document")
        writer.key("source")
        writer.beginObject()
        writer.key("type")
        if isImage { try writeImageSource(media.source) } else { try writeDocumentSource(media.source) }
        writer.endObject()
        if !isImage { writeDocumentDetails(media) }
        if request.origin == .anthropicMessages { write(media.vendorFields) }
        writeBreakpoint(media.cacheBreakpoint)
        writer.endObject()
    }

    private mutating func writeImageSource(_ source: MediaPart.Source) throws(TranslationError) {
        switch source {
        case .base64(let declared, let data):
            let type = ImageType.mediaType(data, declared: declared) ?? "image/png"
            guard ImageType.common.contains(where: { type.equals($0) }) else {
                throw TranslationError(
                    .unsupported, "images must be JPEG, PNG, GIF or WebP for this model", at: "messages")
            }
            writeBase64(type, data)
        case .url(let url):
            guard url.escaped.starts(with: "http".utf8) else {
                throw TranslationError(.unsupported, "an image must be base64 data or an http URL", at: "messages")
            }
            writeURL(url)
        case .fileID(let id): try writeFile(id)
        case .text, .blocks:
            throw TranslationError(.unsupported, "an image cannot be given as text", at: "messages")
        }
    }

    /// Base64 may hold a PDF only; text goes as text, and nothing else is read.
    private mutating func writeDocumentSource(_ source: MediaPart.Source) throws(TranslationError) {
        switch source {
        case .base64(let declared, let data):
            if DocumentType.isPDF(data, declared: declared) {
                writeBase64("application/pdf", data)
            } else if let text = DocumentType.text(data, declared: declared) {
                writeText(text)
            } else {
                throw TranslationError(.unsupported, "files must be PDF or text for this model", at: "messages")
            }
        case .url(let url): writeURL(url)
        case .fileID(let id): try writeFile(id)
        case .text(let text): writeText(text)
        case .blocks(let blocks):
            writer.value("content")
            writer.key("content")
            writer.value(blocks)
        }
    }

    private mutating func writeBase64(_ type: JSONText, _ data: JSONText) {
        writer.value("base64")
        writer.key("media_type")
        writer.value(type)
        writer.key("data")
        writer.value(data)
    }

    private mutating func writeURL(_ url: JSONText) {
        writer.value("url")
        writer.key("url")
        writer.value(url)
    }

    private mutating func writeFile(_ id: JSONText) throws(TranslationError) {
        guard request.origin == .anthropicMessages else {
            throw TranslationError(
                .unsupported, "a file id of another provider means nothing to this model", at: "messages")
        }
        writer.value("file")
        writer.key("file_id")
        writer.value(id)
    }

    private mutating func writeText(_ text: JSONText) {
        writer.value("text")
        writer.key("media_type")
        writer.value("text/plain")
        writer.key("data")
        writer.value(text)
    }

    private mutating func writeDocumentDetails(_ media: MediaPart) {
        if let title = media.title ?? media.filename {
            writer.key("title")
            writer.value(title)
        }
        if let context = media.context {
            writer.key("context")
            writer.value(context)
        }
        guard let isWanted = media.citationsEnabled else { return }
        // Citations and a fixed output format exclude each other.
        if isWanted, writesOutputFormat { return report.add("messages.citations", "conflict") }
        writer.key("citations")
        writer.beginObject()
        writer.key("enabled")
        writer.value(isWanted)
        writer.endObject()
    }
}
