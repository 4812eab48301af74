import OmniJSON

extension Transcript {
    /// The answer in the form a client asked for.
    public func answer(to request: TranscriptionRequest) -> [UInt8] {
        switch request.format {
        case .json: json
        case .text: Array((text + "\n").utf8)
        case .srt: SubtitleWriter.srt(self)
        case .vtt: SubtitleWriter.vtt(self)
        case .verboseJSON: verboseJSON(request)
        case .diarizedJSON: diarizedJSON
        }
    }

    /// The answer as a stream that was over before it began: upstreams with a form of their own have no other.
    public func events() -> [UInt8] {
        var bytes: [UInt8] = []
        if !text.isEmpty {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("type")
            writer.value("transcript.text.delta")
            writer.key("delta")
            writer.string(text)
            writer.endObject()
            bytes += Array("data: ".utf8) + writer.bytes + Array("\n\n".utf8)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.value("transcript.text.done")
        writer.key("text")
        writer.string(text)
        writeUsage(into: &writer)
        writer.endObject()
        return bytes + Array("data: ".utf8) + writer.bytes + Array("\n\n".utf8)
    }

    private var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("text")
        writer.string(text)
        // The contract of this endpoint promises these beside the text.
        writer.key("task")
        writer.value("transcribe")
        writeHead(into: &writer)
        writeUsage(into: &writer)
        writer.endObject()
        return writer.bytes
    }

    private func verboseJSON(_ request: TranscriptionRequest) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("task")
        writer.value("transcribe")
        writeHead(into: &writer)
        writer.key("text")
        writer.string(text)
        if request.wantsWords {
            writer.key("words")
            writer.beginArray()
            for word in words {
                writer.beginObject()
                writer.key("word")
                writer.string(word.text)
                Self.writeTimes(word.start, word.end, into: &writer)
                writer.endObject()
            }
            writer.endArray()
        }
        if request.wantsSegments {
            writer.key("segments")
            writer.beginArray()
            for (index, segment) in segments.enumerated() { Self.write(segment, index: index, into: &writer) }
            writer.endArray()
        }
        writeUsage(into: &writer)
        writer.endObject()
        return writer.bytes
    }

    private var diarizedJSON: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("task")
        writer.value("transcribe")
        writeHead(into: &writer)
        writer.key("text")
        writer.string(text)
        writer.key("segments")
        writer.beginArray()
        for (index, segment) in segments.enumerated() {
            writer.beginObject()
            writer.key("type")
            writer.value("transcript.text.segment")
            writer.key("id")
            writer.string("seg_\(index)")
            Self.writeTimes(segment.start, segment.end, into: &writer)
            writer.key("text")
            writer.string(segment.text)
            writer.key("speaker")
            writer.string(segment.speaker ?? "A")
            writer.endObject()
        }
        writer.endArray()
        writeUsage(into: &writer)
        writer.endObject()
        return writer.bytes
    }

    private func writeHead(into writer: inout JSONWriter) {
        if let language {
            writer.key("language")
            writer.string(language)
        }
        if let duration {
            writer.key("duration")
            writer.value(JSONNumber(duration))
        }
    }

    private func writeUsage(into writer: inout JSONWriter) {
        guard let billedSeconds else { return }
        writer.key("usage")
        writer.beginObject()
        writer.key("type")
        writer.value("duration")
        writer.key("seconds")
        writer.value(billedSeconds)
        writer.endObject()
    }

    private static func writeTimes(_ start: Double, _ end: Double, into writer: inout JSONWriter) {
        writer.key("start")
        writer.value(JSONNumber(start))
        writer.key("end")
        writer.value(JSONNumber(end))
    }

    /// What only Whisper has is filled with what says nothing; `avg_logprob` comes from the confidence.
    private static func write(_ segment: Segment, index: Int, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.value(index)
        writer.key("seek")
        writer.value(0)
        writeTimes(segment.start, segment.end, into: &writer)
        writer.key("text")
        writer.string(segment.text)
        writer.key("tokens")
        writer.beginArray()
        writer.endArray()
        writer.key("temperature")
        writer.value(0)
        writer.key("avg_logprob")
        writer.value(JSONNumber(NaturalLogarithm.of(segment.confidence ?? 1)))
        writer.key("compression_ratio")
        writer.value(1)
        writer.key("no_speech_prob")
        writer.value(0)
        writer.endObject()
    }
}
