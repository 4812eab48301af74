public import OmniJSON

/// What a client wants spoken, as OpenAI's dialect has it.
public struct SpeechRequest: Sendable {
    public let input: JSONText
    /// What is billed: characters as people count them, whatever their bytes.
    public let characters: Int
    /// Whether the sound comes in events and not as a file's bytes.
    public let asksForEvents: Bool
    /// What the sound is, such as `mp3`.
    public let format: JSONText

    /// - Throws: an error of code invalid that names the field.
    public init(_ body: JSONValue) throws(TranslationError) {
        let reader = try FieldReader(body)
        input = try reader.requiredText("input")
        guard !input.isBlank else { throw TranslationError(.invalid, "must not be empty", at: "input") }
        characters = input.string.unicodeScalars.count
        guard characters <= Self.mostCharacters else {
            throw TranslationError(.invalid, "is longer than \(Self.mostCharacters) characters", at: "input")
        }
        guard let voice = reader.value("voice") else {
            throw TranslationError(.invalid, "field required", at: "voice")
        }
        // Voices of one's own are objects with an id.
        guard voice.kind == .string || voice.kind == .object else {
            throw TranslationError(.invalid, "must be a string", at: "voice")
        }
        _ = try reader.text("instructions")
        format = try Self.choice(reader, "response_format", of: Self.formats) ?? "mp3"
        if let speed = try reader.number("speed")?.double, !(0.25...4).contains(speed) {
            throw TranslationError(.invalid, "must be a number from 0.25 to 4", at: "speed")
        }
        asksForEvents = try Self.choice(reader, "stream_format", of: ["audio", "sse"])?.equals("sse") ?? false
    }

    /// No upstream takes more; OpenAI's limit is 4096.
    private static let mostCharacters = 50_000
    private static let formats: [StaticString] = ["mp3", "opus", "aac", "flac", "wav", "pcm"]

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

    /// The client's own bytes with the model's name at the upstream.
    public func patched(_ body: JSONValue, model: String) -> [UInt8] {
        var patch = JSONPatch(body)
        var writer = JSONWriter()
        writer.string(model)
        patch.set("model", to: writer.bytes, in: body)
        return patch.applied()
    }

    /// The type of the sound where the upstream does not say.
    public var mediaType: String {
        if asksForEvents { return "text/event-stream; charset=utf-8" }
        switch format.string {
        case "mp3": return "audio/mpeg"
        case "opus": return "audio/ogg"
        case "pcm": return "application/octet-stream"
        default: return "audio/\(format.string)"
        }
    }

    /// Tokens of sound for so many characters, where the upstream gives no count: some fifteen characters are spoken in a
    /// second, which is twenty tokens of OpenAI's.
    public static func estimatedTokens(ofCharacters characters: Int) -> Int { characters * 4 / 3 }
}
