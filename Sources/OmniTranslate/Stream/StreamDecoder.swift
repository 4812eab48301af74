/// Reads an upstream's bytes, in whichever dialect, into stream events.
///
/// A value type: the same bytes give the same events, however they were cut.
struct StreamDecoder: Sendable {
    private var parser = ServerSentEventParser()
    private var lines = NDJSONParser()
    private var answers = GeminiStreamParser()
    // One of them is set; no existential, no enum payload to copy out and back, and no room for those that are not set.
    private var chat = Boxed<OpenAIChatStreamDecoder>.absent
    private var responses = Boxed<OpenAIResponsesStreamDecoder>.absent
    private var anthropic = Boxed<AnthropicStreamDecoder>.absent
    private var ollama = Boxed<OllamaStreamDecoder>.absent
    private var gemini = Boxed<GeminiStreamDecoder>.absent

    init(of upstream: WireFormat, context: TranslationContext) {
        switch upstream {
        case .openAIChat: chat = Boxed(OpenAIChatStreamDecoder(context: context))
        case .openAIResponses: responses = Boxed(OpenAIResponsesStreamDecoder(context: context))
        case .anthropicMessages: anthropic = Boxed(AnthropicStreamDecoder(context: context))
        case .ollama: ollama = Boxed(OllamaStreamDecoder(context: context))
        case .gemini: gemini = Boxed(GeminiStreamDecoder(context: context))
        }
    }

    /// What the upstream has counted so far, also when it never finished.
    var usage: Usage? {
        chat.value?.usage ?? responses.value?.usage ?? anthropic.value?.usage ?? ollama.value?.usage
            ?? gemini.value?.usage
    }

    /// Reads on until one event of the upstream is complete, and appends what it means, which may be nothing.
    /// - Parameter position: where in `bytes` to go on; moved past what was consumed, so call again until false.
    /// - Returns: false when `bytes` is used up.
    mutating func decodeNext(
        in bytes: UnsafeRawBufferPointer, at position: inout Int, into events: inout [StreamEvent]
    ) -> Bool {
        do throws(ServerSentEventOverflow) {
            guard let event = try nextEvent(in: bytes, at: &position) else { return false }
            decode(event, into: &events)
        } catch {
            events.append(.error(.malformed("the upstream sent an event of more than \(error.limit) bytes")))
        }
        return true
    }

    /// The upstream closed: appends what is still to come, which without its terminator is a failure.
    ///
    /// Not to be called after `end` or `error`.
    mutating func finish(into events: inout [StreamEvent]) {
        // Each parser holds something back only if it is the one in use; a decoder that is over ignores what follows.
        if let event = parser.finish() { decode(event, into: &events) }
        if let event = answers.finish() { decode(event, into: &events) }
        if let line = lines.finish() { decode(ServerSentEvent(data: line), into: &events) }
        chat.change { $0.finish(into: &events) }
        responses.change { $0.finish(into: &events) }
        anthropic.change { $0.finish(into: &events) }
        ollama.change { $0.finish(into: &events) }
        gemini.change { $0.finish(into: &events) }
    }

    /// An event, or a line of the dialect that has no events.
    private mutating func nextEvent(
        in bytes: UnsafeRawBufferPointer, at position: inout Int
    ) throws(ServerSentEventOverflow) -> ServerSentEvent? {
        if gemini.isPresent { return try answers.next(in: bytes, at: &position) }
        guard ollama.isPresent else { return try parser.next(in: bytes, at: &position) }
        return try lines.next(in: bytes, at: &position).map { ServerSentEvent(data: $0) }
    }

    private mutating func decode(_ event: ServerSentEvent, into events: inout [StreamEvent]) {
        chat.change { $0.decode(event, into: &events) }
        responses.change { $0.decode(event, into: &events) }
        anthropic.change { $0.decode(event, into: &events) }
        ollama.change { $0.decode(event.data, into: &events) }
        gemini.change { $0.decode(event, into: &events) }
    }
}
