public import OmniJSON

extension ImageRequest {
    /// Reads a client's request; a form was made an object by ``ImageForm`` before.
    ///
    /// - Throws: an error of code invalid that names the field.
    public init(_ body: JSONValue, for operation: Operation) throws(TranslationError) {
        self.operation = operation
        let reader = try FieldReader(body)
        prompt = try reader.requiredText("prompt")
        guard !prompt.isBlank else { throw TranslationError(.invalid, "must not be empty", at: "prompt") }
        guard prompt.escaped.count <= Self.longestPrompt else {
            throw TranslationError(.invalid, "is longer than \(Self.longestPrompt) bytes", at: "prompt")
        }
        count = try Self.int(reader, "n", in: 1...10) ?? 1
        try readLooks(reader)
        if let name = try reader.text("response_format") {
            guard name.equals("url") || name.equals("b64_json") else {
                throw TranslationError(.invalid, "must be 'url' or 'b64_json'", at: "response_format")
            }
            form = name.equals("url") ? .address : .base64
        }
        isStreaming = try reader.bool("stream") ?? false
        partialImages = try Self.int(reader, "partial_images", in: 0...3)
        user = try reader.text("user")
        if operation == .edit { try readInputs(reader) }
        let inputs: [StaticString] = operation == .edit ? ["image", "images", "mask"] : []
        furtherFields = reader.further(than: Self.known + inputs)
    }

    private static let longestPrompt = 128 << 10
    /// What OpenAI takes; no other upstream takes more.
    private static let mostInputs = 16
    private static let known: [StaticString] = [
        "model", "prompt", "n", "size", "aspect_ratio", "quality", "style", "background", "moderation",
        "output_format", "output_compression", "response_format", "stream", "partial_images", "user",
    ]

    private mutating func readLooks(_ reader: FieldReader) throws(TranslationError) {
        if let text = try reader.text("size"), !text.equals("auto") {
            size = ImageSize(text.string)
            guard size != nil else {
                throw TranslationError(.invalid, "must be 'auto' or a size such as '1024x1024'", at: "size")
            }
        }
        shape = try reader.text("aspect_ratio")
        quality = try reader.text("quality")
        style = try reader.text("style")
        background = try Self.choice(reader, "background", of: ["transparent", "opaque", "auto"])
        moderation = try reader.text("moderation")
        outputFormat = try Self.choice(reader, "output_format", of: ["png", "jpeg", "webp", "gif", "svg"])
        outputCompression = try Self.int(reader, "output_compression", in: 0...100)
    }

    private static func int(
        _ reader: FieldReader, _ name: StaticString, in range: ClosedRange<Int>
    ) throws(TranslationError) -> Int? {
        guard let value = reader.value(name) else { return nil }
        guard let number = value.int, range.contains(number) else {
            throw TranslationError(
                .invalid, "must be a whole number from \(range.lowerBound) to \(range.upperBound)", at: "\(name)")
        }
        return number
    }

    private static func choice(
        _ reader: FieldReader, _ name: StaticString, of choices: [StaticString]
    ) throws(TranslationError) -> JSONText? {
        guard let text = try reader.text(name) else { return nil }
        guard choices.contains(where: { text.equals($0) }) else {
            let list = choices.map { "'\($0)'" }.joined(separator: ", ")
            throw TranslationError(.invalid, "must be one of \(list)", at: "\(name)")
        }
        return text
    }

    // MARK: Images of the client

    private mutating func readInputs(_ reader: FieldReader) throws(TranslationError) {
        for name in ["images", "image"] as [StaticString] {
            guard let value = reader.value(name) else { continue }
            guard value.kind == .array else {
                inputs.append(try Self.input(value, at: "\(name)"))
                continue
            }
            for (index, element) in value.elements.enumerated() {
                inputs.append(try Self.input(element, at: "\(name)[\(index)]"))
            }
        }
        guard !inputs.isEmpty else { throw TranslationError(.invalid, "field required", at: "image") }
        guard inputs.count <= Self.mostInputs else {
            throw TranslationError(.invalid, "must have at most \(Self.mostInputs) images", at: "image")
        }
        if let value = reader.value("mask") { mask = try Self.input(value, at: "mask") }
    }

    /// An address or a data URL, alone or as `image_url` (OpenAI) or `url` (xAI) of an object, or the id of a file.
    private static func input(_ value: JSONValue, at path: String) throws(TranslationError) -> Input {
        var address = value.text
        if value.kind == .object {
            let reader = try FieldReader(value, path: path)
            if let id = try reader.text("file_id") { return .file(id) }
            address = try reader.text("image_url", or: "url")
        }
        guard let address else {
            throw TranslationError(.invalid, "must be an image: a file, or an object with 'image_url'", at: path)
        }
        switch DataURL.source(address) {
        case .base64(_, let data): return try image(base64: data, at: path)
        case .url where address.escaped.starts(with: "http".utf8): return .address(address)
        default: throw TranslationError(.invalid, "must be an http address or a data URL in base64", at: path)
        }
    }
}
