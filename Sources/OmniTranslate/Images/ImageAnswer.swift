public import OmniJSON

/// The images of an answer.
public struct ImageAnswer: Sendable {
    public struct Image: Sendable, Hashable {
        public enum Source: Sendable, Hashable {
            case base64(JSONText)
            case address(JSONText)
        }

        public var source: Source
        /// What the model made of the prompt.
        public var revisedPrompt: JSONText?

        public init(_ source: Source, revisedPrompt: JSONText? = nil) {
            self.source = source
            self.revisedPrompt = revisedPrompt
        }

        func isIn(_ form: ImageRequest.Form) -> Bool {
            switch source {
            case .base64: form == .base64
            case .address: form == .address
            }
        }
    }

    public var images: [Image] = []
    /// Tokens, where the upstream counts them.
    public private(set) var usage: Usage?
    /// Why there are fewer images than asked for, in the upstream's words; nil when nothing was held back.
    public private(set) var objection: String?
    /// What OpenAI says of the images as a whole.
    private(set) var looks: [VendorField] = []

    /// Reads an upstream's answer in JSON.
    ///
    /// - Throws: an error of code malformedAnswer when there is neither an image nor a reason why not.
    public init(_ body: JSONValue, of dialect: ImageDialect) throws(TranslationError) {
        switch dialect {
        case .openAI, .xAI, .together: try readOpenAI(body)
        case .fireworksFlux, .fireworksSDXL: readFireworks(body)
        case .fireworksKontext: readKontext(body)
        case .gemini: readGemini(body)
        case .imagen: readImagen(body)
        case .openRouter: readOpenRouter(body)
        }
        guard !images.isEmpty || objection != nil else {
            throw TranslationError(.malformedAnswer, "there is no image in it")
        }
    }

    /// An answer that is an image's bytes.
    public init(image bytes: [UInt8]) {
        images = [Image(.base64(JSONText(escaped: Base64.encode(bytes)[...])))]
    }

    /// Adds the images of another call of the same request.
    public mutating func append(_ other: ImageAnswer) {
        images += other.images
        objection = objection ?? other.objection
        guard let more = other.usage else { return }
        var sum = usage ?? Usage()
        sum.input += more.input
        sum.cacheRead += more.cacheRead
        sum.cacheWrite += more.cacheWrite
        sum.output += more.output
        sum.reasoning += more.reasoning
        usage = sum
    }

    /// What the price of the images depends on, as far as the upstream tells; else as asked for.
    public func variant(of request: ImageRequest) -> String {
        func look(_ name: StaticString) -> String? {
            looks.first { $0.name.equals(name) }?.value.string.flatMap { $0 == "auto" ? nil : $0 }
        }
        let asked = request.variant.split(separator: "/").map(String.init)
        return "\(look("quality") ?? asked[0])/\(look("size") ?? asked[1])"
    }

    /// Whether every image is in the form the client asked for.
    public func isWritten(as form: ImageRequest.Form?) -> Bool {
        guard let form else { return true }
        return images.allSatisfy { $0.isIn(form) }
    }

    /// Where the images are that are not in the answer.
    public var addresses: [JSONText] {
        images.compactMap { if case .address(let address) = $0.source { address } else { nil } }
    }

    /// Puts fetched files in the place of their addresses.
    public mutating func embed(_ files: [JSONText: RemoteMedia.File]) {
        for index in images.indices {
            guard case .address(let address) = images[index].source, let file = files[address] else { continue }
            images[index].source = .base64(JSONText(escaped: Base64.encode(file.bytes)[...]))
        }
    }

    // MARK: Reading

    private mutating func readOpenAI(_ body: JSONValue) throws(TranslationError) {
        for item in body.present("data").map({ Array($0.elements) }) ?? [] {
            let revised = item.present("revised_prompt")?.text
            if let data = item.present("b64_json")?.text {
                images.append(Image(.base64(Self.plain(data)), revisedPrompt: revised))
            } else if let address = item.present("url")?.text {
                images.append(Image(.address(address), revisedPrompt: revised))
            }
        }
        usage = OpenAIChatUsage.decode(body.present("usage"))
        for name in ["background", "output_format", "quality", "size"] as [StaticString] {
            guard let value = body.present(name) else { continue }
            looks.append(VendorField(name: JSONText("\(name)"), value: value))
        }
    }

    /// Some servers write data URLs where only base64 belongs.
    private static func plain(_ text: JSONText) -> JSONText {
        if case .base64(_, let data) = DataURL.source(text) { data } else { text }
    }

    private mutating func readFireworks(_ body: JSONValue) {
        let items = body.kind == .array ? Array(body.elements) : [body]
        for item in items {
            let reason = item.present("finishReason")?.string
            if let reason, reason.uppercased() == "CONTENT_FILTERED" {
                objection = "the upstream's filter held the image back"
                continue
            }
            let data = item.present("base64")
            for text in [data?.text].compactMap(\.self) + (data.map { $0.elements.compactMap(\.text) } ?? []) {
                images.append(Image(.base64(text)))
            }
        }
    }

    private mutating func readKontext(_ body: JSONValue) {
        let status = body.present("status")?.string ?? ""
        if status.hasSuffix("Moderated") { objection = "the image was held back (\(status))" }
        if let address = body.present("result")?.present("sample")?.text { images.append(Image(.address(address))) }
    }

    private mutating func readGemini(_ body: JSONValue) {
        usage = GeminiUsage.decode(body.present("usageMetadata"))
        if let reason = body.present("promptFeedback")?.present("blockReason")?.string {
            objection = "the prompt was refused (\(reason))"
        }
        for candidate in body.present("candidates").map({ Array($0.elements) }) ?? [] {
            let count = images.count
            let parts = candidate.present("content")?.present("parts").map { Array($0.elements) } ?? []
            // Drafts on the way to the image are thoughts.
            for part in parts where part.present("thought")?.bool != true {
                let data = part.present("inlineData") ?? part.present("inline_data")
                if let text = data?.present("data")?.text { images.append(Image(.base64(text))) }
            }
            guard images.count == count, let reason = candidate.present("finishReason")?.string else { continue }
            if reason != "STOP", reason != "MAX_TOKENS", reason != "NO_IMAGE" {
                objection = "the image was held back (\(reason))"
            }
        }
    }

    private mutating func readImagen(_ body: JSONValue) {
        for prediction in body.present("predictions").map({ Array($0.elements) }) ?? [] {
            if let data = prediction.present("bytesBase64Encoded")?.text {
                images.append(Image(.base64(data), revisedPrompt: prediction.present("prompt")?.text))
            } else if let reason = prediction.present("raiFilteredReason")?.string {
                objection = "the image was held back: \(reason)"
            }
        }
        // Where all are filtered the answer is an empty object.
        if images.isEmpty, objection == nil, body.present("error") == nil {
            objection = "the upstream's filter held all images back"
        }
    }

    private mutating func readOpenRouter(_ body: JSONValue) {
        usage = OpenAIChatUsage.decode(body.present("usage"))
        for choice in body.present("choices").map({ Array($0.elements) }) ?? [] {
            let message = choice.present("message")
            for item in message?.present("images").map({ Array($0.elements) }) ?? [] {
                guard let address = item.present("image_url")?.present("url")?.text else { continue }
                if case .base64(_, let data) = DataURL.source(address) {
                    images.append(Image(.base64(data)))
                } else {
                    images.append(Image(.address(address)))
                }
            }
            if images.isEmpty, choice.present("finish_reason")?.string == "content_filter" {
                objection = "the upstream's filter held the image back"
            }
        }
    }
}
