/// Reads an upstream's bytes, in whichever dialect, into stream events.
///
/// A value type: the same bytes give the same events, however they were cut.
struct StreamDecoder: Sendable {
    private var parser = ServerSentEventParser()
    private var lines = NDJSONParser()
    private var answers = GeminiStreamParser()
    // One of them is set; no existential, no enum payload to copy out and back.
    private var chat: OpenAIChatStreamDecoder?
    private var responses: OpenAIResponsesStreamDecoder?
    private var anthropic: AnthropicStreamDecoder?
    private var ollama: OllamaStreamDecoder?
    private var gemini: GeminiStreamDecoder?

    init(of upstream: WireFormat, context: TranslationContext) {
        switch upstream {
        case .openAIChat: chat = OpenAIChatStreamDecoder(context: context)
        case .openAIResponses: responses = OpenAIResponsesStreamDecoder(context: context)
        case .anthropicMessages: anthropic = AnthropicStreamDecoder(context: context)
        case .ollama: ollama = OllamaStreamDecoder(context: context)
        case .gemini: gemini = GeminiStreamDecoder(context: context)
        }
    }

    /// What the upstream has counted so far, also when it never finished.
    var usage: Usage? {
        chat?.usage ?? responses?.usage ?? anthropic?.usage ?? ollama?.usage ?? gemini?.usage
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
        chat?.finish(into: &events)
        responses?.finish(into: &events)
        anthropic?.finish(into: &events)
        ollama?.finish(into: &events)
        gemini?.finish(into: &events)
    }

    /// An event, or a line of the dialect that has no events.
    private mutating func nextEvent(
        in bytes: UnsafeRawBufferPointer, at position: inout Int
    ) throws(ServerSentEventOverflow) -> ServerSentEvent? {
        if gemini != nil { return try answers.next(in: bytes, at: &position) }
        guard ollama != nil else { return try parser.next(in: bytes, at: &position) }
        return try lines.next(in: bytes, at: &position).map { ServerSentEvent(data: $0) }
    }

    private mutating func decode(_ event: ServerSentEvent, into events: inout [StreamEvent]) {
        chat?.decode(event, into: &events)
        responses?.decode(event, into: &events)
        anthropic?.decode(event, into: &events)
        ollama?.decode(event.data, into: &events)
        gemini?.decode(event, into: &events)
    }
}
