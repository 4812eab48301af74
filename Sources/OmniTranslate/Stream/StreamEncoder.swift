import OmniJSON

/// Writes stream events in whichever dialect.
///
/// An automaton that no order of events brings out of its grammar: ``StreamEventOrder`` makes the events legal, and the
/// dialect's own encoder has a state for everything the legal ones can leave open. After the end or an error nothing is
/// written any more.
struct StreamEncoder: Sendable {
    private var order = StreamEventOrder()
    // One of them is set; no existential, no enum payload to copy out and back.
    private var chat: OpenAIChatStreamEncoder?
    private var completion: OpenAICompletionStreamEncoder?
    private var responses: OpenAIResponsesStreamEncoder?
    private var anthropic: AnthropicStreamEncoder?
    private var ollama: OllamaStreamEncoder?
    private var gemini: GeminiStreamEncoder?

    init(to client: WireFormat, context: TranslationContext) {
        switch client {
        case .openAIChat where context.answersAsGenerate:
            completion = OpenAICompletionStreamEncoder(context: context)
        case .openAIChat: chat = OpenAIChatStreamEncoder(context: context)
        case .openAIResponses: responses = OpenAIResponsesStreamEncoder(context: context)
        case .anthropicMessages: anthropic = AnthropicStreamEncoder(context: context)
        case .ollama: ollama = OllamaStreamEncoder(context: context)
        case .gemini: gemini = GeminiStreamEncoder(context: context)
        }
    }

    /// What the client's dialect could not say; grows as the stream goes on.
    var report: TranslationReport {
        chat?.report ?? responses?.report ?? anthropic?.report ?? ollama?.report ?? gemini?.report
            ?? completion?.report ?? TranslationReport()
    }

    /// The whole answer a Responses client got, once it is complete and kept.
    var keptAnswer: [UInt8]? { responses?.keptAnswer }

    mutating func encode(_ event: StreamEvent, into output: inout [UInt8]) {
        switch order.admit(event) {
        case .illegal: return
        case .legal: break
        case .after(let repairs): for repair in repairs { write(repair, into: &output) }
        }
        write(event, into: &output)
    }

    private mutating func write(_ event: StreamEvent, into output: inout [UInt8]) {
        chat?.encode(event, into: &output)
        responses?.encode(event, into: &output)
        anthropic?.encode(event, into: &output)
        ollama?.encode(event, into: &output)
        gemini?.encode(event, into: &output)
        completion?.encode(event, into: &output)
    }
}
