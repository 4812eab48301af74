public import OmniJSON

/// The form of `/v1/images/edits`, made an object of the same endpoint's JSON, and back.
public enum ImageForm {
    /// Reads a form.
    ///
    /// - Returns: one object, with files as `image_url` in data URLs.
    /// - Throws: an error of code invalid that says what is wrong with it.
    public static func json(_ body: [UInt8], contentType: String?) throws(TranslationError) -> [UInt8] {
        let parts: [(head: MultipartPart, contents: [UInt8])]
        do throws(MultipartError) {
            parts = try self.parts(of: body, contentType: contentType)
        } catch {
            throw TranslationError(.invalid, error.description)
        }
        return try object(of: parts)
    }

    private static func parts(
        of body: [UInt8], contentType: String?
    ) throws(MultipartError) -> [(head: MultipartPart, contents: [UInt8])] {
        var parts: [(head: MultipartPart, contents: [UInt8])] = []
        var parser = MultipartParser(boundary: try MultipartBoundary(contentType: contentType))
        for event in try parser.push(body) {
            switch event {
            case .part(let part): parts.append((part, []))
            case .bytes(let bytes): parts[parts.count - 1].contents += bytes
            case .endOfPart: break
            }
        }
        guard parser.isComplete else { throw MultipartError("the form is cut off: its last boundary is missing") }
        return parts
    }

    private static func object(
        of parts: [(head: MultipartPart, contents: [UInt8])]
    ) throws(TranslationError) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: parts.reduce(256) { $0 + $1.contents.count * 4 / 3 })
        writer.beginObject()
        var images: [[UInt8]] = []
        for (part, contents) in parts {
            let isFile = part.fileName != nil
            let name = part.name.hasSuffix("[]") ? String(part.name.dropLast(2)) : part.name
            guard isFile else {
                writer.key(JSONText(name))
                try write(contents, named: name, into: &writer)
                continue
            }
            guard !contents.isEmpty else { throw TranslationError(.invalid, "the file is empty", at: part.name) }
            if name == "image" || name == "images" {
                images.append(contents)
            } else {
                writer.key(JSONText(name))
                write(file: contents, into: &writer)
            }
        }
        if !images.isEmpty {
            writer.key("images")
            writer.beginArray()
            for image in images { write(file: image, into: &writer) }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }

    /// Fields of forms are texts; those that are something else in JSON are read.
    private static func write(
        _ contents: [UInt8], named name: String, into writer: inout JSONWriter
    ) throws(TranslationError) {
        let typed = ["n", "partial_images", "output_compression", "stream", "frame_count", "frame_duration_ms", "svg"]
        // What is no JSON stays a text, and is refused where a number must be.
        if typed.contains(name), let value = try? JSONValue(parsing: contents) {
            writer.value(value)
            return
        }
        guard let text = String(validating: contents, as: UTF8.self) else {
            throw TranslationError(.invalid, "is not UTF-8", at: name)
        }
        writer.string(text)
    }

    private static func write(file contents: [UInt8], into writer: inout JSONWriter) {
        let data = JSONText(escaped: Base64.encode(contents)[...])
        let type = ImageType.mediaType(data, declared: nil) ?? "application/octet-stream"
        writer.beginObject()
        writer.key("image_url")
        writer.value(joining: ["data:", type, ";base64,", data])
        writer.endObject()
    }

    // MARK: Writing

    /// Writes a request as a form, with its images as files.
    ///
    /// - Parameter body: one object as ``ImageRequest`` reads and encodes it.
    /// - Throws: an error of code unsupported for images that are not at hand.
    public static func body(
        _ body: JSONValue, request: ImageRequest, boundary: MultipartBoundary
    ) throws(TranslationError) -> [UInt8] {
        var form: [UInt8] = []
        for member in body.members where !member.value.isNull {
            let name = member.name.string
            if ["image", "images", "mask"].contains(name) { continue }
            let contents: [UInt8]
            if let text = member.value.text {
                contents = text.decodedBytes
            } else if let file = member.value.present("image_url")?.text,
                case .base64(let type, let data) = DataURL.source(file)
            {
                try write(.base64(mediaType: type ?? "image/png", data: data), named: name, boundary, into: &form)
                continue
            } else {
                contents = Array(member.value.raw)
            }
            MultipartWriter.write(MultipartPart(name: name), contents, boundary: boundary, into: &form)
        }
        let name = request.inputs.count > 1 ? "image[]" : "image"
        for input in request.inputs { try write(input, named: name, boundary, into: &form) }
        if let mask = request.mask { try write(mask, named: "mask", boundary, into: &form) }
        MultipartWriter.end(boundary: boundary, into: &form)
        return form
    }

    private static func write(
        _ input: ImageRequest.Input, named name: String, _ boundary: MultipartBoundary, into form: inout [UInt8]
    ) throws(TranslationError) {
        guard case .base64(let type, let data) = input else {
            throw TranslationError(.unsupported, "the upstream takes files only", at: name)
        }
        guard let bytes = Base64.decode(data.decodedBytes) else {
            throw TranslationError(.invalid, "is not base64", at: name)
        }
        // Upstreams tell what a file is by the end of its name.
        let ending = type.string.drop { $0 != "/" }.dropFirst()
        let part = MultipartPart(name: name, fileName: "image.\(ending)", contentType: type.string)
        MultipartWriter.write(part, bytes, boundary: boundary, into: &form)
    }
}
