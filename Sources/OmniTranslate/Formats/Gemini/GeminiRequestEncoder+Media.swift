import OmniJSON

extension GeminiRequestEncoder {
    mutating func write(_ media: MediaPart, signature: JSONText?) throws(TranslationError) {
        if media.citationsEnabled == true { report.add("messages.citations") }
        if let context = media.context { writeText(context) }
        switch media.source {
        case .text(let text):
            writeText(media.title.map { Self.joined([$0, text]) } ?? text)
        case .blocks(let blocks):
            writeText(Self.joined(try Self.texts(of: blocks)))
        case .base64(let declared, let data):
            writer.beginObject()
            writer.key("inlineData")
            writer.beginObject()
            writer.key("mimeType")
            writer.value(Self.mediaType(of: media.kind, declared: declared, data: data))
            writer.key("data")
            writer.value(data)
            writer.endObject()
            endPart(media, signature: signature)
        case .url(let url):
            guard isOwn || Self.isFetched(url) else {
                throw TranslationError(
                    .unsupported, "this model does not fetch from that address; send the file itself", at: "messages")
            }
            writeFile(url, media: media, signature: signature)
        case .fileID(let id):
            guard isOwn else {
                throw TranslationError(
                    .unsupported, "a file id of another provider means nothing to this model", at: "messages")
            }
            writeFile(id, media: media, signature: signature)
        }
    }

    /// What a file in a tool's result says in words, and what is left of it: beside the result stand files only.
    mutating func divided(_ media: MediaPart) throws(TranslationError) -> (words: [JSONText], file: MediaPart?) {
        var words: [JSONText] = []
        switch media.source {
        case .text, .base64:
            // Google's own clients know what their model reads.
            if case .base64 = media.source, isOwn { break }
            if let text = media.plainText { words = [text] }
        case .blocks(let blocks): words = [media.heading].compactMap { $0 } + (try Self.texts(of: blocks))
        case .url, .fileID: break
        }
        guard words.isEmpty else {
            if media.citationsEnabled == true { report.add("messages.citations") }
            for field in media.vendorFields where !field.name.equals("transformations") {
                report.add("messages.\(field.name.string)")
            }
            return (words, nil)
        }
        var file = media
        file.context = nil
        return ([media.context].compactMap { $0 }, file)
    }

    private static func texts(of blocks: JSONValue) throws(TranslationError) -> [JSONText] {
        if blocks.elements.contains(where: { $0["text"]?.text == nil }) {
            throw TranslationError(
                .unsupported, "documents of anything but text cannot be sent to this model", at: "messages")
        }
        return blocks.text.map { [$0] } ?? blocks.elements.compactMap { $0["text"]?.text }
    }

    private mutating func writeFile(_ uri: JSONText, media: MediaPart, signature: JSONText?) {
        writer.beginObject()
        writer.key("fileData")
        writer.beginObject()
        if let type = media.mediaType {
            writer.key("mimeType")
            writer.value(type)
        }
        writer.key("fileUri")
        writer.value(uri)
        writer.endObject()
        endPart(media, signature: signature)
    }

    /// The modifiers beside the data field.
    private mutating func endPart(_ media: MediaPart, signature: JSONText?) {
        writeSignature(signature)
        for field in media.vendorFields {
            if isOwn {
                writer.key(field.name)
                writer.value(field.value)
            } else if !field.name.equals("transformations") {
                report.add("messages.\(field.name.string)")
            }
        }
        if media.kind == .image, model.demandsSignatures, let detail = media.detail, let level = Self.level(of: detail)
        {
            writer.key("mediaResolution")
            writer.beginObject()
            writer.key("level")
            writer.value(level)
            writer.endObject()
        }
        writer.endObject()
    }

    private static func level(of detail: JSONText) -> StaticString? {
        if detail.equals("low") { return "MEDIA_RESOLUTION_LOW" }
        return detail.equals("high") ? "MEDIA_RESOLUTION_HIGH" : nil
    }

    private static func mediaType(of kind: MediaPart.Kind, declared: JSONText?, data: JSONText) -> JSONText {
        switch kind {
        case .image: ImageType.mediaType(data, declared: declared) ?? "image/png"
        case .document: data.escaped.starts(with: "JVBERi0".utf8) ? "application/pdf" : declared ?? "application/pdf"
        case .audio: declared ?? "audio/wav"
        case .video: declared ?? "video/mp4"
        }
    }

    /// Google reads its own stores and YouTube; everything else somebody must fetch before.
    static func isFetched(_ url: JSONText) -> Bool {
        let places: [StaticString] = [
            "gs://", "https://generativelanguage.googleapis.com/", "https://www.youtube.com/", "https://youtube.com/",
            "https://youtu.be/", "https://storage.googleapis.com/",
        ]
        return places.contains { place in
            url.escaped.starts(with: UnsafeBufferPointer(start: place.utf8Start, count: place.utf8CodeUnitCount))
        }
    }
}
