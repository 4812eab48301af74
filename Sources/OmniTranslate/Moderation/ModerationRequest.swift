public import OmniJSON

/// What a client wants judged: OpenAI's request.
public struct ModerationRequest: Sendable {
    /// Where requests for moderation go.
    public enum Upstream: Sendable, Hashable {
        /// OpenAI's own interface and those that imitate it.
        case openAI
        /// Mistral's, with categories of its own and text only.
        case mistral
    }

    /// A string, an array of strings, or an array of parts, as the client wrote it.
    public let input: JSONValue
    /// How many judgements are wanted.
    public let count: Int
    /// Where the first picture stands; nil when all is text.
    public let picturePath: String?
    /// The texts of parts, which are judged as one.
    private let parts: [JSONText]?
    private let furtherFields: [String]

    /// - Throws: an error of code invalid that names the field.
    public init(_ body: JSONValue) throws(TranslationError) {
        let reader = try FieldReader(body)
        guard let input = reader.value("input") else {
            throw TranslationError(.invalid, "field required", at: "input")
        }
        self.input = input
        furtherFields = reader.further(than: ["model", "input"]).map(\.name.string)
        guard input.text == nil else {
            (count, picturePath, parts) = (1, nil, nil)
            return
        }
        guard input.kind == .array, let first = input.elements.first(where: { _ in true }) else {
            throw TranslationError(.invalid, "must be a string or an array that is not empty", at: "input")
        }
        guard first.kind == .object else {
            var count = 0
            for element in input.elements {
                guard element.kind == .string else {
                    throw TranslationError(.invalid, "must be a string", at: "input[\(count)]")
                }
                count += 1
            }
            (self.count, picturePath, parts) = (count, nil, nil)
            return
        }
        var texts: [JSONText] = []
        var picture: String?
        for part in try reader.objects("input") {
            let type = try part.requiredText("type")
            if type.equals("text") {
                texts.append(try part.requiredText("text"))
            } else if type.equals("image_url") {
                guard let image = try part.reader("image_url") else {
                    throw TranslationError(.invalid, "field required", at: part.at("image_url"))
                }
                _ = try image.requiredText("url")
                picture = picture ?? part.path
            } else {
                throw TranslationError(.invalid, "must be 'text' or 'image_url'", at: part.at("type"))
            }
        }
        // All parts are one content.
        (count, picturePath, parts) = (1, picture, texts)
    }

    /// Writes the request for Mistral.
    ///
    /// - Parameters:
    ///   - model: its id there.
    ///   - isStrict: whether what cannot be said is an error, and not only reported.
    /// - Throws: an error of code unsupported for pictures.
    public func encodedForMistral(
        model: String, isStrict: Bool, report: inout TranslationReport
    ) throws(TranslationError) -> [UInt8] {
        if let picturePath {
            throw TranslationError(.unsupported, "the upstream judges text only", at: picturePath)
        }
        if isStrict, let field = furtherFields.first {
            throw TranslationError(.unsupported, "the upstream has no such field", at: field)
        }
        for field in furtherFields { report.add(field) }
        var writer = JSONWriter(reservingCapacity: input.raw.count + 64)
        writer.beginObject()
        writer.key("model")
        writer.string(model)
        writer.key("input")
        if let parts {
            writer.value(joining: parts.enumerated().flatMap { $0.offset == 0 ? [$0.element] : ["\n", $0.element] })
        } else {
            writer.value(input)
        }
        writer.endObject()
        return writer.bytes
    }
}
