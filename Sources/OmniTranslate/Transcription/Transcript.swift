/// What was said in a recording, and when.
public struct Transcript: Sendable, Hashable {
    /// One word with its punctuation; times in seconds from the beginning.
    public struct Word: Sendable, Hashable {
        public var text: String
        public var start: Double
        public var end: Double
        public var speaker: String?
        /// How sure the upstream is, from 0 to 1.
        public var confidence: Double?

        public init(text: String, start: Double, end: Double, speaker: String? = nil, confidence: Double? = nil) {
            self.text = text
            self.start = start
            self.end = end
            self.speaker = speaker
            self.confidence = confidence
        }
    }

    /// A sentence or what was said in one breath.
    public struct Segment: Sendable, Hashable {
        public var text: String
        public var start: Double
        public var end: Double
        public var speaker: String?
        public var confidence: Double?

        public init(text: String, start: Double, end: Double, speaker: String? = nil, confidence: Double? = nil) {
            self.text = text
            self.start = start
            self.end = end
            self.speaker = speaker
            self.confidence = confidence
        }
    }

    public var text: String
    /// As the upstream names it, usually a code such as `en`.
    public var language: String?
    /// Seconds; nil when the upstream does not say.
    public var duration: Double?
    public var words: [Word] = []
    public var segments: [Segment] = []

    public init(text: String) { self.text = text }

    /// Seconds that count as used: those begun.
    public var billedSeconds: Int? { duration.map { Int(max(0, $0).rounded(.up)) } }
}

extension Transcript {
    /// Puts words into segments: at pauses, at the ends of sentences, where the speaker changes, after 12 seconds.
    static func segments(of words: [Word]) -> [Segment] {
        var segments: [Segment] = []
        var run: [Word] = []
        func close() {
            guard let first = run.first, let last = run.last else { return }
            let known = run.compactMap(\.confidence)
            segments.append(
                Segment(
                    text: run.map(\.text).joined(separator: " "), start: first.start, end: last.end,
                    speaker: first.speaker,
                    confidence: known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)))
            run = []
        }
        for word in words {
            if let first = run.first, let last = run.last,
                word.start - last.end > 0.8 || word.end - first.start > 12 || word.speaker != last.speaker
                    || last.text.endsSentence
            {
                close()
            }
            run.append(word)
        }
        close()
        return segments
    }

    /// `A`, `B`, … for speakers that are counted from 0.
    static func speaker(_ number: Int) -> String {
        guard (0..<26).contains(number) else { return "S\(number)" }
        return String(UnicodeScalar(UInt8(ascii: "A") + UInt8(number)))
    }
}

extension String {
    /// Whether a word is the last of its sentence.
    var endsSentence: Bool {
        guard let last = unicodeScalars.last else { return false }
        return [".", "?", "!", "…", "。", "？", "！"].contains(last)
    }
}
