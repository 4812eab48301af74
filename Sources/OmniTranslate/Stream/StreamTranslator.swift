/// Turns an upstream's stream into the client's dialect, bytes in and bytes out.
///
/// A value type without a clock or randomness: the same bytes give the same bytes, however they were cut. Until
/// ``StreamProgress/isMeaningful`` what is appended is only the opening of a stream, which the caller may throw away to
/// try another upstream; a failure up to then appends nothing.
public struct StreamTranslator: Sendable {
    private let client: WireFormat
    private var decoder: StreamDecoder
    // One of them is set; no existential, no enum payload to copy out and back.
    private var chatEncoder: OpenAIChatStreamEncoder?
    private var completionEncoder: OpenAICompletionStreamEncoder?
    private var responsesEncoder: OpenAIResponsesStreamEncoder?
    private var anthropicEncoder: AnthropicStreamEncoder?
    private var ollamaEncoder: OllamaStreamEncoder?
    private var geminiEncoder: GeminiStreamEncoder?
    private var events: [StreamEvent] = []
    private var progress = StreamProgress()
    private var hasWrittenError = false

    /// - Parameters:
    ///   - upstream: the dialect of the bytes pushed; not the client's.
    ///   - context: the answer's model name, tool names and what the client asked for.
    public init(from upstream: WireFormat, to client: WireFormat, context: TranslationContext) {
        self.client = client
        decoder = StreamDecoder(of: upstream, context: context)
        switch client {
        case .openAIChat where context.answersAsGenerate:
            completionEncoder = OpenAICompletionStreamEncoder(context: context)
        case .openAIChat: chatEncoder = OpenAIChatStreamEncoder(context: context)
        case .openAIResponses: responsesEncoder = OpenAIResponsesStreamEncoder(context: context)
        case .anthropicMessages: anthropicEncoder = AnthropicStreamEncoder(context: context)
        case .ollama: ollamaEncoder = OllamaStreamEncoder(context: context)
        case .gemini: geminiEncoder = GeminiStreamEncoder(context: context)
        }
        events.reserveCapacity(8)
    }

    /// Appends the client's bytes for what arrived.
    ///
    /// Never throws for what an upstream sends. A fault before the commit point is only in the result; after it the
    /// client's in-band error is appended too, and nothing else follows.
    /// - Parameter bytes: what was read, cut anywhere.
    public mutating func push(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) -> StreamProgress {
        var position = 0
        while !isOver, decoder.decodeNext(in: bytes, at: &position, into: &events) { encodeEvents(into: &output) }
        return progress
    }

    /// The upstream closed.
    ///
    /// Without its terminator that is a failure, treated as in ``push(_:into:)``.
    public mutating func finish(into output: inout [UInt8]) -> StreamProgress {
        guard !isOver else { return progress }
        decoder.finish(into: &events)
        encodeEvents(into: &output)
        return progress
    }

    /// Appends the client's in-band error for a fault met outside (timeout, lost connection), or for one this value
    /// reported before the commit point when the head was sent all the same.
    ///
    /// Does nothing after an end or an error.
    public mutating func fail(_ fault: UpstreamFault, into output: inout [UInt8]) {
        guard !progress.isComplete, !hasWrittenError else { return }
        progress.failure = progress.failure ?? fault
        writeError(fault, into: &output)
    }

    /// What the upstream has counted so far, also when it never finished.
    public var usage: Usage? { decoder.usage }

    /// What the client's dialect could not say; grows as the stream goes on.
    public var report: TranslationReport {
        chatEncoder?.report ?? responsesEncoder?.report ?? anthropicEncoder?.report ?? ollamaEncoder?.report
            ?? geminiEncoder?.report ?? completionEncoder?.report ?? TranslationReport()
    }

    /// The whole answer a Responses client got, once it is complete and when ``TranslationContext/keepsAnswer`` is set.
    public var keptAnswer: [UInt8]? { responsesEncoder?.keptAnswer }

    private var isOver: Bool { progress.isComplete || progress.failure != nil }

    private mutating func encodeEvents(into output: inout [UInt8]) {
        for event in events {
            if case .error(let fault) = event {
                stop(with: fault, into: &output)
                break
            }
            if !progress.isMeaningful { progress.isMeaningful = event.isMeaningful }
            chatEncoder?.encode(event, into: &output)
            responsesEncoder?.encode(event, into: &output)
            anthropicEncoder?.encode(event, into: &output)
            ollamaEncoder?.encode(event, into: &output)
            geminiEncoder?.encode(event, into: &output)
            completionEncoder?.encode(event, into: &output)
            if case .end = event { progress.isComplete = true }
        }
        events.removeAll(keepingCapacity: true)
    }

    private mutating func stop(with fault: UpstreamFault, into output: inout [UInt8]) {
        progress.failure = fault
        if progress.isMeaningful { writeError(fault, into: &output) }
    }

    private mutating func writeError(_ fault: UpstreamFault, into output: inout [UInt8]) {
        hasWrittenError = true
        if responsesEncoder != nil {
            // This dialect numbers its events and ends with the whole response, which only its encoder knows.
            responsesEncoder?.fail(fault, into: &output)
        } else if geminiEncoder != nil {
            // Its framing decides what an error looks like.
            geminiEncoder?.writeError(fault, into: &output)
        } else {
            output += FaultCodec.encodeStreamError(fault, to: client, requestID: nil)
        }
    }
}

extension StreamEvent {
    /// Whether it is part of an answer and not only its opening.
    var isMeaningful: Bool {
        switch self {
        case .start, .usage, .serviceTier, .systemFingerprint, .ping, .error, .blockEnd, .logprobs: false
        case .blockStart(_, let block):
            switch block {
            case .toolCall, .unknown: true
            case .text, .reasoning, .refusal: false
            }
        case .text, .reasoning, .refusal, .arguments, .state, .citation, .hostedCall, .finish, .end: true
        }
    }
}
