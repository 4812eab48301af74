public import OmniJSON

/// What a client wants of a recording, besides the recording.
public struct TranscriptionRequest: Sendable {
    /// The answer shall be English, whatever is spoken (`/v1/audio/translations`).
    public var translates: Bool
    public var format: TranscriptionFormat
    public var isStreaming: Bool
    public var language: String?
    public var prompt: String?
    public var keywords: [String]
    public var temperature: Double?
    /// Whether `verbose_json` shall have words; segments it has unless only words are asked for.
    public var wantsWords: Bool
    public var wantsSegments: Bool
    /// Every field as it came, for upstreams that take the same form.
    public let fields: [(name: String, value: String)]

    /// - Parameter body: the form's fields as ``MultipartFields`` collected them.
    /// - Throws: an error of code invalid that names the field.
    public init(_ body: JSONValue, translates: Bool) throws(TranslationError) {
        self.translates = translates
        let fields = MultipartFields.list(body)
        self.fields = fields
        func values(_ name: String) -> [String] {
            fields.filter { $0.name == name || $0.name == name + "[]" }.map(\.value)
        }
        func value(_ name: String) throws(TranslationError) -> String? {
            let values = values(name)
            guard values.count < 2 else { throw TranslationError(.invalid, "may be given once", at: name) }
            return values.first.flatMap { $0.isEmpty ? nil : $0 }
        }
        let named = try value("response_format")
        guard let format = TranscriptionFormat(rawValue: named ?? "json") else {
            let known = TranscriptionFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw TranslationError(.invalid, "must be one of \(known)", at: "response_format")
        }
        self.format = format
        switch try value("stream")?.lowercased() {
        case nil, "false", "0": isStreaming = false
        case "true", "1": isStreaming = true
        default: throw TranslationError(.invalid, "must be true or false", at: "stream")
        }
        language = try value("language")
        prompt = try value("prompt")
        keywords = values("keywords")
        temperature = nil
        if let text = try value("temperature") {
            guard let number = Double(text), (0...1).contains(number) else {
                throw TranslationError(.invalid, "must be a number from 0 to 1", at: "temperature")
            }
            temperature = number
        }
        let granularities = values("timestamp_granularities")
        guard granularities.allSatisfy({ $0 == "word" || $0 == "segment" }) else {
            throw TranslationError(.invalid, "must be word or segment", at: "timestamp_granularities")
        }
        guard granularities.isEmpty || format == .verboseJSON else {
            throw TranslationError(
                .invalid, "needs the response_format verbose_json", at: "timestamp_granularities")
        }
        wantsWords = granularities.contains("word")
        wantsSegments = granularities.isEmpty || granularities.contains("segment")
    }

    /// The form's fields for an upstream that takes the same form.
    public func fields(model: String) -> [(name: String, value: String)] {
        fields.map { $0.name == "model" ? ($0.name, model) : $0 }
    }

    /// The prompt as a list of terms, where it is one: upstreams that take no prompts often take those.
    public var terms: [String]? {
        guard let prompt else { return keywords }
        let terms = prompt.split(whereSeparator: { $0 == "," || $0 == "\n" }).map { term in
            term.split(separator: " ").joined(separator: " ")
        }.filter { !$0.isEmpty }
        return terms.allSatisfy { $0.split(separator: " ").count <= 5 } ? keywords + terms : nil
    }

    /// Fields that upstreams with a form of their own do not have.
    static let foreignFields: Set<String> = [
        "chunking_strategy", "include", "known_speaker_names", "known_speaker_references", "languages",
    ]

    /// What of the request an upstream with a form of its own cannot be told.
    /// - Throws: an error of code unsupported for a translation, and for anything lost when `isStrict`.
    func losses(isStrict: Bool, alsoLosing lost: [String]) throws(TranslationError) -> TranslationReport {
        guard !translates else {
            throw TranslationError(.unsupported, "the upstream transcribes, but does not translate", at: "model")
        }
        var report = TranslationReport()
        for name in lost { report.add(name) }
        for (name, _) in fields {
            let plain = name.hasSuffix("[]") ? String(name.dropLast(2)) : name
            if Self.foreignFields.contains(plain) { report.add(plain) }
        }
        if isStrict, let loss = report.losses.first {
            throw TranslationError(.unsupported, "the upstream has nothing like it", at: loss.field)
        }
        return report
    }
}
