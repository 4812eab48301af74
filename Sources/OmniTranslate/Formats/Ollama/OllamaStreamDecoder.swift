import OmniJSON

/// Reads a stream of `/api/chat`, one JSON object a line, into stream events.
struct OllamaStreamDecoder: Sendable {
    private enum Open: Sendable { case nothing, text, reasoning }

    let context: TranslationContext
    private(set) var usage: Usage?
    private var hasStarted = false
    private var open = Open.nothing
    private var toolCount = 0
    private var tags: ThinkTagSplitter
    /// What ids that the upstream left out are derived from: the time of the first line.
    private var seed = JSONText.empty
    /// Whether `end` or `error` was sent; everything after it is ignored.
    private(set) var isOver = false

    init(context: TranslationContext) {
        self.context = context
        tags = ThinkTagSplitter(context.capabilities.thinkTags)
    }

    /// Reads one line and appends what it means.
    mutating func decode(_ line: [UInt8], into events: inout [StreamEvent]) {
        guard !isOver else { return }
        let body: JSONValue
        do throws(JSONError) {
            body = try JSONValue(parsing: line)
        } catch  where error.code == .empty {
            return
        } catch {
            fail(.malformed("the upstream sent a line that is not JSON: \(error)"), into: &events)
            return
        }
        guard body.kind == .object else {
            fail(.malformed("the upstream sent a line that is not a JSON object"), into: &events)
            return
        }
        if let fault = OllamaErrors.decode(body, status: nil) {
            fail(fault, into: &events)
            return
        }
        start(body, into: &events)
        if let message = body.present("message") { decodeMessage(message, into: &events) }
        if let logprobs = OllamaLogprobs.decode(body.present("logprobs")) {
            events.append(.logprobs(choice: 0, logprobs))
        }
        if body["done"]?.bool == true { end(body, into: &events) }
    }

    /// The upstream closed: only a line with `done` proves that the answer is whole.
    mutating func finish(into events: inout [StreamEvent]) {
        guard !isOver else { return }
        fail(.truncated, into: &events)
    }

    private mutating func start(_ body: JSONValue, into events: inout [StreamEvent]) {
        guard !hasStarted else { return }
        hasStarted = true
        let createdAt = body["created_at"]?.text
        seed = createdAt ?? .empty
        events.append(
            .start(id: createdAt, model: body["model"]?.text, created: createdAt.flatMap(OllamaTime.seconds(in:))))
    }

    private mutating func decodeMessage(_ message: JSONValue, into events: inout [StreamEvent]) {
        var content: JSONText?
        var thinking: JSONText?
        var calls: JSONValue?
        var images: JSONValue?
        for member in message.members {
            if member.isNamed("content") {
                content = member.value.text
            } else if member.isNamed("thinking") {
                thinking = member.value.text
            } else if member.isNamed("tool_calls") {
                calls = member.value
            } else if member.isNamed("images") {
                images = member.value
            }
        }
        if let thinking, !thinking.isEmpty {
            tags.expectSeparateThoughts()
            append(.reasoning, thinking, into: &events)
        }
        if let content, !content.isEmpty { decodeContent(content, into: &events) }
        if let images, images.hasElements {
            releaseTags(into: &events)
            close(into: &events)
            let part = UnknownPart(type: "images", origin: .ollama, raw: images)
            events.append(.blockStart(choice: 0, .unknown(part)))
            events.append(.blockEnd(choice: 0))
        }
        if let calls { for call in calls.elements { decodeCall(call, into: &events) } }
    }

    private mutating func decodeCall(_ value: JSONValue, into events: inout [StreamEvent]) {
        let ordinal = toolCount + 1
        guard let call = OllamaToolCall(value, seed: seed.escaped, ordinal: ordinal, context: context) else { return }
        toolCount = ordinal
        releaseTags(into: &events)
        close(into: &events)
        events.append(.blockStart(choice: 0, .toolCall(id: call.id, name: call.name, isCustom: call.isCustom)))
        let arguments = call.arguments.string
        if !arguments.isEmpty { events.append(.arguments(choice: 0, arguments)) }
        events.append(.blockEnd(choice: 0))
    }

    /// Thoughts come between tags when the model was not asked to think, or its template is not known to Ollama.
    private mutating func decodeContent(_ content: JSONText, into events: inout [StreamEvent]) {
        guard !tags.isPassing else { return append(.text, content, into: &events) }
        var pieces: [ThinkTagSplitter.Piece] = []
        tags.split(content, into: &pieces)
        for piece in pieces { append(piece.isThought ? .reasoning : .text, piece.text, into: &events) }
    }

    private mutating func releaseTags(into events: inout [StreamEvent]) {
        var pieces: [ThinkTagSplitter.Piece] = []
        tags.flush(into: &pieces)
        for piece in pieces { append(piece.isThought ? .reasoning : .text, piece.text, into: &events) }
    }

    private mutating func append(_ kind: Open, _ text: JSONText, into events: inout [StreamEvent]) {
        enter(kind, into: &events)
        events.append(kind == .text ? .text(choice: 0, text) : .reasoning(choice: 0, text))
    }

    private mutating func end(_ body: JSONValue, into events: inout [StreamEvent]) {
        releaseTags(into: &events)
        close(into: &events)
        if let usage = OllamaUsage.decode(body) {
            self.usage = usage
            events.append(.usage(usage))
        }
        let finish = OllamaFinish.decode(body.present("done_reason"), hasToolCalls: toolCount > 0)
        events.append(.finish(choice: 0, finish))
        isOver = true
        events.append(.end)
    }

    /// Makes sure that a block of this kind is open; the one that was is closed.
    private mutating func enter(_ kind: Open, into events: inout [StreamEvent]) {
        guard open != kind else { return }
        close(into: &events)
        open = kind
        events.append(.blockStart(choice: 0, kind == .text ? .text : .reasoning))
    }

    private mutating func close(into events: inout [StreamEvent]) {
        guard open != .nothing else { return }
        open = .nothing
        events.append(.blockEnd(choice: 0))
    }

    private mutating func fail(_ fault: UpstreamFault, into events: inout [StreamEvent]) {
        isOver = true
        events.append(.error(fault))
    }
}
