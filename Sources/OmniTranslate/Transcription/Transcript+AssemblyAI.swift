public import OmniJSON

/// How far AssemblyAI got with a job.
public enum AssemblyAIJobState: Sendable {
    case waiting
    case completed(Transcript)
    case failed(UpstreamFault)

    /// Reads the answer of `/v2/transcript/{id}`.
    /// - Throws: an error of code malformedAnswer.
    public init(_ body: JSONValue) throws(TranslationError) {
        switch body.present("status")?.string {
        case "queued", "processing": self = .waiting
        case "completed": self = .completed(try Transcript(assemblyAI: body))
        case "error":
            // Failed jobs are answered with status 200; only the words tell whose fault it is.
            let lowered = body.present("error")?.string?.lowercased() ?? ""
            let isFilesFault = ["file", "audio", "format", "decode", "duration", "language"].contains {
                lowered.contains($0)
            }
            var fault = FaultCodec.fault(
                status: isFilesFault ? 400 : 502, message: body.present("error")?.string ?? "",
                code: "transcription_failed")
            if isFilesFault { fault.parameter = "file" }
            self = .failed(fault)
        default: throw TranslationError(.malformedAnswer, "the job has no known state", at: "status")
        }
    }
}

extension Transcript {
    /// Times are whole milliseconds there.
    init(assemblyAI body: JSONValue) throws(TranslationError) {
        guard let text = body["text"]?.string ?? (body.present("text") == nil ? "" : nil) else {
            throw TranslationError(.malformedAnswer, "is not text", at: "text")
        }
        self.init(text: text)
        language = body.present("language_code")?.string
        duration = body.present("audio_duration")?.double
        for word in body.present("words").map({ Array($0.elements) }) ?? [] {
            guard let text = word.present("text")?.string, let start = word.present("start")?.double,
                let end = word.present("end")?.double
            else { throw TranslationError(.malformedAnswer, "a word lacks its text or times", at: "words") }
            words.append(
                Word(
                    text: text, start: start / 1000, end: end / 1000, speaker: word.present("speaker")?.string,
                    confidence: word.present("confidence")?.double))
        }
        for utterance in body.present("utterances").map({ Array($0.elements) }) ?? [] {
            guard let text = utterance.present("text")?.string, let start = utterance.present("start")?.double,
                let end = utterance.present("end")?.double
            else { continue }
            segments.append(
                Segment(
                    text: text, start: start / 1000, end: end / 1000, speaker: utterance.present("speaker")?.string,
                    confidence: utterance.present("confidence")?.double))
        }
        if segments.isEmpty { segments = Self.segments(of: words) }
    }
}
