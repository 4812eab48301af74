public import OmniJSON

extension Transcript {
    /// Reads the answer of Deepgram's `/v1/listen`.
    /// - Throws: an error of code malformedAnswer.
    public init(deepgram body: JSONValue) throws(TranslationError) {
        guard let channels = body.present("results")?.present("channels"), channels.kind == .array else {
            throw TranslationError(.malformedAnswer, "there are no channels", at: "results.channels")
        }
        var texts: [String] = []
        var words: [Word] = []
        for channel in channels.elements {
            language = language ?? channel.present("detected_language")?.string
            guard let best = channel.present("alternatives")?.elements.first(where: { _ in true }) else { continue }
            if let text = best.present("transcript")?.string, !text.isEmpty { texts.append(text) }
            for word in best.present("words").map({ Array($0.elements) }) ?? [] {
                guard let text = (word.present("punctuated_word") ?? word.present("word"))?.string,
                    let start = word.present("start")?.double, let end = word.present("end")?.double
                else { throw TranslationError(.malformedAnswer, "a word lacks its text or times") }
                words.append(
                    Word(
                        text: text, start: start, end: end, speaker: word.present("speaker")?.int.map(Self.speaker),
                        confidence: word.present("confidence")?.double))
            }
        }
        text = texts.joined(separator: "\n")
        // Those of several channels come one channel after the other.
        self.words = words.sorted { $0.start < $1.start }
        duration = body.present("metadata")?.present("duration")?.double
        for utterance in body["results"]?.present("utterances").map({ Array($0.elements) }) ?? [] {
            guard let text = utterance.present("transcript")?.string, let start = utterance.present("start")?.double,
                let end = utterance.present("end")?.double
            else { continue }
            segments.append(
                Segment(
                    text: text, start: start, end: end, speaker: utterance.present("speaker")?.int.map(Self.speaker),
                    confidence: utterance.present("confidence")?.double))
        }
        segments.sort { $0.start < $1.start }
        if segments.isEmpty { segments = Self.segments(of: self.words) }
    }
}
