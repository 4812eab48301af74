import OmniJSON
import OmniTranslate

/// What a simulated model answers, written in OpenAI's chat format.
struct SimulatedAnswer {
    struct Call {
        var id: String
        var name: JSONText
        /// JSON text of an object.
        var arguments: [UInt8]
    }

    /// A failure instead of an answer.
    private(set) var refusal: UpstreamFault?
    private(set) var reasoning: [String] = []
    /// The text, cut where a stream is cut; the pieces make up the whole.
    private(set) var words: [String] = []
    private(set) var calls: [Call] = []
    /// Between two words.
    private(set) var pause: Duration = .zero
    private(set) var breaksOff = false

    private let id: String
    private let model: String
    private let created: Int
    private let promptTokens: Int

    init(model: SimulatedModel, to request: CanonicalRequest, created: Int) {
        self.model = model.rawValue
        self.created = created
        let conversation = SimulatedConversation(request)
        promptTokens = conversation.tokens
        id = "chatcmpl-sim-\(created)-\(conversation.tokens)"
        switch model {
        case .echo: words = Self.split(conversation.lastUserText)
        case .long:
            words = (1...200).map {
                "Sentence \($0) of a long answer that the simulator makes up to fill the page.\($0 % 8 == 0 ? "\n\n" : " ")"
            }
        case .tools: answer(with: conversation, tools: request.tools)
        case .reasoning:
            reasoning = Self.split(
                "The user wrote: \(conversation.lastUserText). Nothing more is needed than to say it again.")
            words = Self.split("After some thought: \(conversation.lastUserText)")
        case .slow:
            words = Self.split("One word after the other, ten of them in every second.")
            pause = .milliseconds(100)
        case .fail:
            refusal = UpstreamFault(.upstream, status: 500, message: "the simulator fails, as this model always does")
        case .failRateLimited:
            refusal = UpstreamFault(.rateLimit, message: "the simulator limits the rate, as this model always does")
        case .failMidway:
            words = Self.split("This answer ends before it is")
            breaksOff = true
        }
    }

    /// First asks for every tool, up to three at once; then tells what came back.
    private mutating func answer(with conversation: SimulatedConversation, tools: [Tool]) {
        guard conversation.toolResults.isEmpty else {
            words = Self.split("The tools answered: " + conversation.toolResults.joined(separator: "; "))
            return
        }
        for (index, tool) in tools.prefix(3).enumerated() {
            guard case .function(let function) = tool else { continue }
            calls.append(
                Call(
                    id: "call_sim\(index)", name: function.name,
                    arguments: SimulatedArguments.matching(function.parameters, text: conversation.lastUserText)))
        }
        if calls.isEmpty { words = Self.split("Send tools with your request, and this model will call them.") }
    }

    /// Cuts text before each space, so that the pieces put together are the text.
    private static func split(_ text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for character in text {
            if character == " ", !piece.isEmpty {
                pieces.append(piece)
                piece = ""
            }
            piece.append(character)
        }
        if !piece.isEmpty { pieces.append(piece) }
        return pieces
    }

    private var finishReason: StaticString { calls.isEmpty ? "stop" : "tool_calls" }

    // MARK: Wire

    /// A complete `chat.completion`.
    func chatCompletion() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writeHead("chat.completion", into: &writer)
        writer.key("choices")
        writer.beginArray()
        writer.beginObject()
        writer.key("index")
        writer.value(0)
        writer.key("message")
        writer.beginObject()
        writer.key("role")
        writer.value("assistant")
        writer.key("content")
        if words.isEmpty { writer.null() } else { writer.string(words.joined()) }
        if !reasoning.isEmpty {
            writer.key("reasoning_content")
            writer.string(reasoning.joined())
        }
        if !calls.isEmpty {
            writer.key("tool_calls")
            writer.beginArray()
            for call in calls { write(call, index: nil, into: &writer) }
            writer.endArray()
        }
        writer.endObject()
        writer.key("finish_reason")
        writer.value(finishReason)
        writer.endObject()
        writer.endArray()
        writeUsage(into: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// The same as a stream, `[DONE]` included unless it breaks off.
    func chatChunks() -> [SimulatedExchange.Piece] {
        var chunks = [chunk { $0.raw(Array(#"{"role":"assistant","content":""}"#.utf8)[...]) }]
        for word in reasoning {
            chunks.append(chunk(delay: pause) { writer in Self.write("reasoning_content", word, into: &writer) })
        }
        for word in words {
            chunks.append(chunk(delay: pause) { writer in Self.write("content", word, into: &writer) })
        }
        for (index, call) in calls.enumerated() {
            chunks.append(
                chunk { writer in
                    writer.beginObject()
                    writer.key("tool_calls")
                    writer.beginArray()
                    write(call, index: index, into: &writer)
                    writer.endArray()
                    writer.endObject()
                })
        }
        guard !breaksOff else { return chunks }
        chunks.append(chunk(finish: finishReason) { $0.raw(Array("{}".utf8)[...]) })
        var writer = JSONWriter()
        writer.beginObject()
        writeHead("chat.completion.chunk", into: &writer)
        writer.key("choices")
        writer.beginArray()
        writer.endArray()
        writeUsage(into: &writer)
        writer.endObject()
        chunks.append(.init(bytes: Self.frame(writer.bytes)))
        chunks.append(.init(bytes: Array("data: [DONE]\n\n".utf8)))
        return chunks
    }

    private func chunk(
        delay: Duration = .zero, finish: StaticString? = nil, delta: (inout JSONWriter) -> Void
    ) -> SimulatedExchange.Piece {
        var writer = JSONWriter()
        writer.beginObject()
        writeHead("chat.completion.chunk", into: &writer)
        writer.key("choices")
        writer.beginArray()
        writer.beginObject()
        writer.key("index")
        writer.value(0)
        writer.key("delta")
        delta(&writer)
        writer.key("finish_reason")
        if let finish { writer.value(finish) } else { writer.null() }
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return .init(bytes: Self.frame(writer.bytes), delay: delay)
    }

    private static func frame(_ json: [UInt8]) -> [UInt8] { Array("data: ".utf8) + json + Array("\n\n".utf8) }

    private static func write(_ name: StaticString, _ text: String, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key(name)
        writer.string(text)
        writer.endObject()
    }

    private func writeHead(_ object: StaticString, into writer: inout JSONWriter) {
        writer.key("id")
        writer.string(id)
        writer.key("object")
        writer.value(object)
        writer.key("created")
        writer.value(created)
        writer.key("model")
        writer.string(model)
    }

    private func write(_ call: Call, index: Int?, into writer: inout JSONWriter) {
        writer.beginObject()
        if let index {
            writer.key("index")
            writer.value(index)
        }
        writer.key("id")
        writer.string(call.id)
        writer.key("type")
        writer.value("function")
        writer.key("function")
        writer.beginObject()
        writer.key("name")
        writer.value(call.name)
        writer.key("arguments")
        writer.value(JSONText(escaping: call.arguments))
        writer.endObject()
        writer.endObject()
    }

    /// Counts by the rule of thumb of four bytes a token.
    private func writeUsage(into writer: inout JSONWriter) {
        let thoughts = reasoning.reduce(0) { $0 + $1.utf8.count } / 4
        let text = words.reduce(0) { $0 + $1.utf8.count } + calls.reduce(0) { $0 + $1.arguments.count }
        let completion = max(1, text / 4) + thoughts
        writer.key("usage")
        writer.beginObject()
        writer.key("prompt_tokens")
        writer.value(promptTokens)
        writer.key("completion_tokens")
        writer.value(completion)
        writer.key("total_tokens")
        writer.value(promptTokens + completion)
        writer.key("completion_tokens_details")
        writer.beginObject()
        writer.key("reasoning_tokens")
        writer.value(thoughts)
        writer.endObject()
        writer.endObject()
    }
}
