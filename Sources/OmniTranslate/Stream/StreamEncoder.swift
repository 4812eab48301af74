import OmniJSON

/// Writes stream events in whichever dialect.
///
/// An automaton that no order of events brings out of its grammar: ``StreamEventOrder`` makes the events legal, and the
/// dialect's own encoder has a state for everything the legal ones can leave open. After the end or an error nothing is
/// written any more.
struct StreamEncoder: Sendable {
    private var order = StreamEventOrder()
    // One of them is set; no existential, no enum payload to copy out and back, and no room for those that are not set.
    private var chat = Boxed<OpenAIChatStreamEncoder>.absent
    private var completion = Boxed<OpenAICompletionStreamEncoder>.absent
    private var responses = Boxed<OpenAIResponsesStreamEncoder>.absent
    private var anthropic = Boxed<AnthropicStreamEncoder>.absent
    private var ollama = Boxed<OllamaStreamEncoder>.absent
    private var gemini = Boxed<GeminiStreamEncoder>.absent

    init(to client: WireFormat, context: TranslationContext) {
        switch client {
        case .openAIChat where context.answersAsGenerate:
            completion = Boxed(OpenAICompletionStreamEncoder(context: context))
        case .openAIChat: chat = Boxed(OpenAIChatStreamEncoder(context: context))
        case .openAIResponses: responses = Boxed(OpenAIResponsesStreamEncoder(context: context))
        case .anthropicMessages: anthropic = Boxed(AnthropicStreamEncoder(context: context))
        case .ollama: ollama = Boxed(OllamaStreamEncoder(context: context))
        case .gemini: gemini = Boxed(GeminiStreamEncoder(context: context))
        }
    }

    /// What the client's dialect could not say; grows as the stream goes on.
    var report: TranslationReport {
        chat.value?.report ?? responses.value?.report ?? anthropic.value?.report ?? ollama.value?.report ?? gemini
            .value?.report
            ?? completion.value?.report ?? TranslationReport()
    }

    /// The whole answer a Responses client got, once it is complete and kept.
    var keptAnswer: [UInt8]? { responses.value?.keptAnswer }

    mutating func encode(_ event: StreamEvent, into output: inout [UInt8]) {
        switch order.admit(event) {
        case .illegal: return
        case .legal: break
        case .after(let repairs): for repair in repairs { write(repair, into: &output) }
        }
        write(event, into: &output)
    }

    private mutating func write(_ event: StreamEvent, into output: inout [UInt8]) {
        chat.change { $0.encode(event, into: &output) }
        responses.change { $0.encode(event, into: &output) }
        anthropic.change { $0.encode(event, into: &output) }
        ollama.change { $0.encode(event, into: &output) }
        gemini.change { $0.encode(event, into: &output) }
        completion.change { $0.encode(event, into: &output) }
    }
}
