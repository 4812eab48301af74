/// The form a client wants its transcription in (`response_format`).
public enum TranscriptionFormat: String, Sendable, Hashable, CaseIterable {
    case json, text, srt, vtt
    case verboseJSON = "verbose_json"
    case diarizedJSON = "diarized_json"

    /// The `content-type` of such an answer.
    public var contentType: String {
        switch self {
        case .json, .verboseJSON, .diarizedJSON: "application/json"
        case .text, .srt: "text/plain; charset=utf-8"
        case .vtt: "text/vtt; charset=utf-8"
        }
    }

    /// Whether answers are JSON objects.
    public var isJSON: Bool {
        switch self {
        case .json, .verboseJSON, .diarizedJSON: true
        case .text, .srt, .vtt: false
        }
    }
}
