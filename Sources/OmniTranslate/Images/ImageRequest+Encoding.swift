public import OmniJSON

extension ImageRequest {
    /// Writes the request for an upstream.
    ///
    /// - Parameters:
    ///   - body: the client's own, of which OpenAI's dialect changes only what it must.
    ///   - model: its id at the upstream.
    ///   - count: the images of this call.
    ///   - isStrict: whether what cannot be said is an error, and not only reported.
    /// - Throws: an error of code unsupported, also for a size the model is known not to make.
    public func encoded(
        to dialect: ImageDialect, body: JSONValue, model: String, count: Int, isStrict: Bool,
        report: inout TranslationReport
    ) throws(TranslationError) -> [UInt8] {
        var losses = Losses()
        let bytes: [UInt8]
        switch dialect {
        case .openAI: bytes = try patched(body, model: model, count: count, losses: &losses)
        case .xAI: bytes = try xAI(model, count: count, losses: &losses)
        case .together: bytes = try together(model, count: count, losses: &losses)
        case .fireworksFlux: bytes = try fireworks(hasShapes: true, losses: &losses)
        case .fireworksKontext: bytes = try kontext(losses: &losses)
        case .fireworksSDXL: bytes = try fireworks(hasShapes: false, losses: &losses)
        case .gemini: bytes = try gemini(model, losses: &losses)
        case .imagen: bytes = try imagen(model, count: count, losses: &losses)
        case .openRouter: bytes = try openRouter(model, losses: &losses)
        }
        if dialect != .openAI {
            if form == .address, !dialect.knowsAddresses { losses.add("response_format") }
            if isStreaming, (partialImages ?? 0) > 0 { losses.add("partial_images") }
        }
        if isStrict, let loss = losses.found.first {
            throw TranslationError(.unsupported, "the upstream cannot do it as asked (\(loss.reason))", at: loss.field)
        }
        for loss in losses.found { report.add(loss.field, loss.reason) }
        return bytes
    }

    /// What a dialect has no words for.
    struct Losses {
        private(set) var found: [(field: String, reason: String)] = []

        mutating func add(_ field: String, _ reason: String = "unsupported") { found.append((field, reason)) }

        mutating func add<Value>(_ field: String, if value: Value?) { if value != nil { add(field) } }
    }

    /// Whether the model answers with base64 only and refuses to be asked for a form.
    static func isGPTImage(_ model: String) -> Bool {
        ["gpt-image", "chatgpt-image"].contains { model.hasPrefix($0) }
    }

    // MARK: OpenAI

    private func patched(
        _ body: JSONValue, model: String, count: Int, losses: inout Losses
    ) throws(TranslationError) -> [UInt8] {
        try checkSize(for: model)
        var patch = JSONPatch(body)
        var writer = JSONWriter()
        writer.string(model)
        patch.set("model", to: writer.bytes, in: body)
        if count != self.count {
            writer = JSONWriter()
            writer.value(count)
            patch.set("n", to: writer.bytes, in: body)
        }
        if Self.isGPTImage(model), let form {
            patch.remove("response_format", from: body)
            if form == .address { losses.add("response_format") }
        }
        return patch.applied()
    }

    /// Sizes of models that are known to make no others.
    private func checkSize(for model: String) throws(TranslationError) {
        let sizes: [StaticString]
        switch model {
        case "dall-e-2": sizes = ["256x256", "512x512", "1024x1024"]
        case "dall-e-3": sizes = ["1024x1024", "1792x1024", "1024x1792"]
        case "gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5": sizes = ["1024x1024", "1536x1024", "1024x1536"]
        default: return
        }
        guard let size, !sizes.contains(where: { "\($0)" == "\(size.width)x\(size.height)" }) else { return }
        throw TranslationError(
            .unsupported, "the model makes images of \(sizes.map { "\($0)" }.joined(separator: ", "))", at: "size")
    }

    // MARK: Relatives of OpenAI

    private func xAI(_ model: String, count: Int, losses: inout Losses) throws(TranslationError) -> [UInt8] {
        var writer = begin(model: model, count: count)
        if let form {
            writer.key("response_format")
            writer.value(form.name)
        }
        // Its first model draws in one shape only.
        if model.hasPrefix("grok-2-image") {
            losses.add("size", if: size)
            losses.add("aspect_ratio", if: shape)
        } else if let ratio = ratio(
            among: ["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9"], losses: &losses)
        {
            writer.key("aspect_ratio")
            writer.value(ratio)
        }
        if let user {
            writer.key("user")
            writer.value(user)
        }
        let inputs = try inputAddresses()
        if inputs.count == 1 {
            writer.key("image")
            Self.write(address: inputs[0], into: &writer)
        } else if !inputs.isEmpty {
            writer.key("images")
            writer.beginArray()
            for input in inputs { Self.write(address: input, into: &writer) }
            writer.endArray()
        }
        try refuseMask()
        finish(&writer)
        noteLooks(&losses)
        losses.add("output_format", if: outputFormat)
        return writer.bytes
    }

    private static func write(address: JSONText, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("url")
        writer.value(address)
        writer.key("type")
        writer.value("image_url")
        writer.endObject()
    }

    private func together(_ model: String, count: Int, losses: inout Losses) throws(TranslationError) -> [UInt8] {
        var writer = begin(model: model, count: count)
        writePixels(into: &writer, losses: &losses)
        if let form {
            writer.key("response_format")
            if form == .address { writer.value("url") } else { writer.value("base64") }
        }
        if let outputFormat {
            if outputFormat.equals("png") || outputFormat.equals("jpeg") {
                writer.key("output_format")
                writer.value(outputFormat)
            } else {
                losses.add("output_format")
            }
        }
        let inputs = try inputAddresses()
        guard inputs.count < 2 else {
            throw TranslationError(.unsupported, "the upstream changes one image at a time", at: "image")
        }
        if let input = inputs.first {
            writer.key("image_url")
            writer.value(input)
        }
        try refuseMask()
        finish(&writer)
        noteLooks(&losses)
        losses.add("user", if: user)
        return writer.bytes
    }

    private func fireworks(hasShapes: Bool, losses: inout Losses) throws(TranslationError) -> [UInt8] {
        guard operation == .generation else {
            throw TranslationError(.unsupported, "the upstream changes no images", at: "image")
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("prompt")
        writer.value(prompt)
        if hasShapes {
            writeFluxShape(into: &writer, losses: &losses)
        } else {
            writePixels(into: &writer, losses: &losses)
        }
        finish(&writer)
        noteLooks(&losses)
        losses.add("user", if: user)
        if let outputFormat, !outputFormat.equals("png"), !outputFormat.equals("jpeg") { losses.add("output_format") }
        return writer.bytes
    }

    private func kontext(losses: inout Losses) throws(TranslationError) -> [UInt8] {
        try refuseMask()
        var writer = JSONWriter(reservingCapacity: prompt.escaped.count + 256)
        writer.beginObject()
        writer.key("prompt")
        writer.value(prompt)
        let inputs = try inputAddresses()
        guard inputs.count < 2 else {
            throw TranslationError(.unsupported, "the upstream changes one image at a time", at: "image")
        }
        if let input = inputs.first {
            writer.key("input_image")
            writer.value(input)
        }
        writeFluxShape(into: &writer, losses: &losses)
        if let outputFormat {
            if outputFormat.equals("png") || outputFormat.equals("jpeg") {
                writer.key("output_format")
                writer.value(outputFormat)
            } else {
                losses.add("output_format")
            }
        }
        finish(&writer)
        noteLooks(&losses)
        losses.add("user", if: user)
        return writer.bytes
    }

    private func writeFluxShape(into writer: inout JSONWriter, losses: inout Losses) {
        let shapes: [StaticString] = [
            "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "9:21", "21:9",
        ]
        guard let ratio = ratio(among: shapes, losses: &losses) else { return }
        writer.key("aspect_ratio")
        writer.value(ratio)
    }

    private func begin(model: String, count: Int) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: prompt.escaped.count + 256)
        writer.beginObject()
        writer.key("model")
        writer.string(model)
        writer.key("prompt")
        writer.value(prompt)
        writer.key("n")
        writer.value(count)
        return writer
    }

    /// The fields only these upstreams know, as the client wrote them.
    private func finish(_ writer: inout JSONWriter) {
        for field in furtherFields {
            writer.key(field.name)
            writer.value(field.value)
        }
        writer.endObject()
    }

    private func writePixels(into writer: inout JSONWriter, losses: inout Losses) {
        losses.add("aspect_ratio", if: shape)
        guard let size else { return }
        let drawn = size.rounded(to: 16)
        if drawn != size { losses.add("size", "approximated") }
        writer.key("width")
        writer.value(drawn.width)
        writer.key("height")
        writer.value(drawn.height)
    }

    // MARK: Parts

    /// The shape the client asks for, by its name or by a size.
    func ratio(among shapes: [StaticString], losses: inout Losses) -> JSONText? {
        if let shape {
            if let known = shapes.first(where: { shape.equals($0) }) { return JSONText("\(known)") }
            losses.add("aspect_ratio")
        }
        guard let size else { return nil }
        let (name, isExact) = size.shape(among: shapes)
        if !isExact { losses.add("size", "approximated") }
        return JSONText("\(name)")
    }

    /// What only OpenAI's models are told.
    func noteLooks(_ losses: inout Losses) {
        losses.add("quality", if: quality)
        losses.add("style", if: style)
        losses.add("background", if: background)
        losses.add("moderation", if: moderation)
        losses.add("output_compression", if: outputCompression)
    }

    func noteFurtherFields(_ losses: inout Losses) {
        for field in furtherFields { losses.add(field.name.string) }
    }

    func refuseMask() throws(TranslationError) {
        guard mask == nil else { throw TranslationError(.unsupported, "the upstream takes no mask", at: "mask") }
    }

    private func inputAddresses() throws(TranslationError) -> [JSONText] {
        var addresses: [JSONText] = []
        for (index, input) in inputs.enumerated() { addresses.append(try input.address(at: "images[\(index)]")) }
        return addresses
    }
}

extension ImageRequest.Input {
    /// As an address, which may be a data URL.
    func address(at path: String) throws(TranslationError) -> JSONText {
        switch self {
        case .address(let address): return address
        case .base64(let type, let data): return JSONText("data:") + type + JSONText(";base64,") + data
        case .file: throw TranslationError(.unsupported, "a file's id means nothing to the upstream", at: path)
        }
    }
}
