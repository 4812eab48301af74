import OmniJSON

/// Upstreams that draw as a part of something larger: Google's models, and chat models that answer with images.
extension ImageRequest {
    private static let googleShapes: [StaticString] = [
        "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9",
    ]

    func gemini(_ model: String, losses: inout Losses) throws(TranslationError) -> [UInt8] {
        try refuseMask()
        var writer = JSONWriter(reservingCapacity: prompt.escaped.count + 256)
        writer.beginObject()
        writer.key("contents")
        writer.beginArray()
        writer.beginObject()
        writer.key("role")
        writer.value("user")
        writer.key("parts")
        writer.beginArray()
        writer.beginObject()
        writer.key("text")
        writer.value(prompt)
        writer.endObject()
        for (index, input) in inputs.enumerated() {
            guard case .base64(let type, let data) = input else {
                throw TranslationError(
                    .unsupported, "a file's id means nothing to the upstream", at: "images[\(index)]")
            }
            writer.beginObject()
            writer.key("inlineData")
            writer.beginObject()
            writer.key("mimeType")
            writer.value(type)
            writer.key("data")
            writer.value(data)
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.key("generationConfig")
        writer.beginObject()
        writer.key("responseModalities")
        writer.beginArray()
        writer.value("TEXT")
        writer.value("IMAGE")
        writer.endArray()
        let ratio = ratio(among: Self.googleShapes, losses: &losses)
        // The models of version 2.5 and before draw in one grade.
        let grade = ["gemini-2.", "gemini-1."].contains { model.hasPrefix($0) } ? nil : size?.grade
        if ratio != nil || grade != nil {
            writer.key("imageConfig")
            writer.beginObject()
            if let ratio {
                writer.key("aspectRatio")
                writer.value(ratio)
            }
            if let grade {
                writer.key("imageSize")
                writer.value(grade)
            }
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
        noteOthers(&losses)
        losses.add("output_format", if: outputFormat)
        losses.add("output_compression", if: outputCompression)
        return writer.bytes
    }

    func imagen(_ model: String, count: Int, losses: inout Losses) throws(TranslationError) -> [UInt8] {
        guard operation == .generation else {
            throw TranslationError(.unsupported, "the upstream changes no images", at: "image")
        }
        var writer = JSONWriter(reservingCapacity: prompt.escaped.count + 256)
        writer.beginObject()
        writer.key("instances")
        writer.beginArray()
        writer.beginObject()
        writer.key("prompt")
        writer.value(prompt)
        writer.endObject()
        writer.endArray()
        writer.key("parameters")
        writer.beginObject()
        writer.key("sampleCount")
        writer.value(count)
        if let ratio = ratio(among: ["1:1", "3:4", "4:3", "9:16", "16:9"], losses: &losses) {
            writer.key("aspectRatio")
            writer.value(ratio)
        }
        // One grade is the usual; what draws no other need not be told.
        if let size, max(size.width, size.height) > 1280 {
            if model.hasPrefix("imagen-3") || model.contains("-fast-") {
                losses.add("size", "approximated")
            } else {
                writer.key("sampleImageSize")
                writer.value("2K")
            }
        }
        writeOutputOptions(into: &writer, losses: &losses)
        writer.endObject()
        writer.endObject()
        noteOthers(&losses)
        return writer.bytes
    }

    private func writeOutputOptions(into writer: inout JSONWriter, losses: inout Losses) {
        guard let outputFormat else { return losses.add("output_compression", if: outputCompression) }
        let isJPEG = outputFormat.equals("jpeg")
        guard isJPEG || outputFormat.equals("png") else { return losses.add("output_format") }
        writer.key("outputOptions")
        writer.beginObject()
        writer.key("mimeType")
        if isJPEG { writer.value("image/jpeg") } else { writer.value("image/png") }
        if isJPEG, let outputCompression {
            writer.key("compressionQuality")
            writer.value(outputCompression)
        } else {
            losses.add("output_compression", if: outputCompression)
        }
        writer.endObject()
    }

    func openRouter(_ model: String, losses: inout Losses) throws(TranslationError) -> [UInt8] {
        try refuseMask()
        var writer = JSONWriter(reservingCapacity: prompt.escaped.count + 256)
        writer.beginObject()
        writer.key("model")
        writer.string(model)
        writer.key("messages")
        writer.beginArray()
        writer.beginObject()
        writer.key("role")
        writer.value("user")
        writer.key("content")
        writer.beginArray()
        writer.beginObject()
        writer.key("type")
        writer.value("text")
        writer.key("text")
        writer.value(prompt)
        writer.endObject()
        for (index, input) in inputs.enumerated() {
            let address = try input.address(at: "images[\(index)]")
            writer.beginObject()
            writer.key("type")
            writer.value("image_url")
            writer.key("image_url")
            writer.beginObject()
            writer.key("url")
            writer.value(address)
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.key("modalities")
        writer.beginArray()
        writer.value("image")
        writer.value("text")
        writer.endArray()
        if let ratio = ratio(among: Self.googleShapes, losses: &losses) {
            writer.key("image_config")
            writer.beginObject()
            writer.key("aspect_ratio")
            writer.value(ratio)
            writer.endObject()
        }
        if let user {
            writer.key("user")
            writer.value(user)
        }
        writer.endObject()
        noteLooks(&losses)
        losses.add("output_format", if: outputFormat)
        noteFurtherFields(&losses)
        return writer.bytes
    }

    /// What Google's models are not told, besides how the file is written.
    private func noteOthers(_ losses: inout Losses) {
        losses.add("quality", if: quality)
        losses.add("style", if: style)
        losses.add("background", if: background)
        losses.add("moderation", if: moderation)
        losses.add("user", if: user)
        noteFurtherFields(&losses)
    }
}
