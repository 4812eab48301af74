public import OmniJSON

extension Transcript {
    /// Reads an answer in OpenAI's form, with as much of it as there is.
    /// - Throws: an error of code malformedAnswer when it has no text.
    public init(openAI body: JSONValue) throws(TranslationError) {
        guard let text = body.present("text")?.string else {
            throw TranslationError(.malformedAnswer, "there is no text", at: "text")
        }
        self.init(text: text)
        language = body.present("language")?.string
        duration = TranscriptionUsage(body).seconds
        for word in body.present("words").map({ Array($0.elements) }) ?? [] {
            guard let text = word.present("word")?.string, let start = word.present("start")?.double,
                let end = word.present("end")?.double
            else { continue }
            words.append(Word(text: text, start: start, end: end))
        }
        for segment in body.present("segments").map({ Array($0.elements) }) ?? [] {
            guard let text = segment.present("text")?.string, let start = segment.present("start")?.double,
                let end = segment.present("end")?.double
            else { continue }
            segments.append(Segment(text: text, start: start, end: end, speaker: segment.present("speaker")?.string))
        }
        if segments.isEmpty { segments = Self.segments(of: words) }
    }
}
