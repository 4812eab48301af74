public import OmniJSON

/// What a transcription used: tokens where the upstream counts those, else seconds of sound.
public struct TranscriptionUsage: Sendable, Hashable {
    public var tokens: Usage?
    /// nil when the upstream does not say.
    public var seconds: Double?

    public init(tokens: Usage? = nil, seconds: Double? = nil) {
        self.tokens = tokens
        self.seconds = seconds
    }

    /// Reads what an answer or its last event in OpenAI's form says.
    public init(_ answer: JSONValue) {
        seconds = answer.present("duration")?.double
        guard let usage = answer.present("usage") else { return }
        if let input = usage.present("input_tokens")?.int {
            var tokens = Usage()
            tokens.input = input
            tokens.output = usage.present("output_tokens")?.int ?? 0
            self.tokens = tokens
        }
        // Some servers write the number as text.
        seconds = usage.present("seconds")?.double ?? seconds ?? answer["duration"]?.string.flatMap { Double($0) }
    }
}
