/// How requests for transcriptions and their answers are written.
public enum TranscriptionDialect: Sendable, Hashable {
    /// A form at `/v1/audio/transcriptions`.
    case openAI
    /// The bare file, everything else in the query.
    case deepgram
    /// Upload, submit, poll.
    case assemblyAI
}
