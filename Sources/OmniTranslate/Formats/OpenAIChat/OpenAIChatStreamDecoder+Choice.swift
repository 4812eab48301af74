import OmniJSON

/// What is known of one choice of a chat stream: the block that is open, and its tool calls.
struct OpenAIChatChoiceState: Sendable {
    enum Open: Sendable { case nothing, text, reasoning, refusal, tool }

    let index: Int
    /// As the upstream gave it; see ``finalFinish``.
    var finish: Finish?
    var open = Open.nothing
    var tools: [OpenAIChatToolState] = []
    /// The call whose block is open; later ones wait for it.
    var live = 0
    var heldBytes = 0
    /// Tells thoughts in the content apart; see ``ModelCapabilities/thinkTags``.
    var tags: ThinkTagSplitter
    /// Whether a text block was ever open.
    var hasText = false
    /// Annotations that came while no text was open.
    var heldAnnotations: [JSONValue] = []
    private var hasRefusal = false

    init(index: Int, context: TranslationContext) {
        self.index = index
        tags = ThinkTagSplitter(context.capabilities.thinkTags)
    }

    /// The reason to report: a missing one is a stop, and a stop with tool calls is a tool use.
    var finalFinish: Finish {
        var finish = finish ?? Finish(.stop)
        guard finish.reason == .stop || finish.reason == .unknown else { return finish }
        if tools.contains(where: \.isStarted) {
            finish.reason = .toolUse
        } else if hasRefusal {
            finish.reason = .refusal
        }
        return finish
    }

    /// Reads one delta.
    /// - Returns: what makes the stream unusable, if anything does.
    mutating func decode(
        _ delta: JSONValue, seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        var content: JSONValue?
        var refusal: JSONText?
        var calls: JSONValue?
        var legacyCall: JSONValue?
        var annotations: JSONValue?
        var reasoning = OpenAIChatReasoning()
        for member in delta.members {
            if member.isNamed("content") {
                content = member.value
            } else if member.isNamed("tool_calls") {
                calls = member.value
            } else if member.isNamed("refusal") {
                refusal = member.value.text
            } else if member.isNamed("function_call") {
                legacyCall = member.value
            } else if member.isNamed("annotations") {
                annotations = member.value
            } else {
                reasoning.take(member)
            }
        }
        if let text = reasoning.text, !text.isEmpty {
            tags.expectSeparateThoughts()
            if let problem = enter(.reasoning, seed: seed, context: context, into: &events) { return problem }
            events.append(.reasoning(choice: index, text))
        }
        for state in reasoning.states(context: context) {
            if let problem = enter(.reasoning, seed: seed, context: context, into: &events) { return problem }
            events.append(.state(choice: index, state))
        }
        if let content, let problem = decodeContent(content, seed: seed, context: context, into: &events) {
            return problem
        }
        let isOther = refusal?.isEmpty == false || legacyCall?.kind == .object || calls?.hasElements == true
        if isOther, let problem = releaseTags(seed: seed, context: context, into: &events) { return problem }
        if let refusal, !refusal.isEmpty {
            hasRefusal = true
            if let problem = enter(.refusal, seed: seed, context: context, into: &events) { return problem }
            events.append(.refusal(choice: index, refusal))
        }
        if let annotations, let problem = decodeAnnotations(annotations, into: &events) { return problem }
        if let calls {
            for call in calls.elements {
                if let problem = decodeCall(call, seed: seed, context: context, into: &events) { return problem }
            }
        }
        if let legacyCall, legacyCall.kind == .object {
            return decodeLegacyCall(legacyCall, seed: seed, context: context, into: &events)
        }
        return nil
    }

    /// Content is a string, but Mistral sends parts and some JSON modes an object.
    private mutating func decodeContent(
        _ content: JSONValue, seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        switch content.kind {
        case .string: return appendContent(content.text, seed: seed, context: context, into: &events)
        case .array:
            for part in content.elements {
                let kind = part["type"]?.text
                if kind?.equals("thinking") == true, let thinking = part["thinking"] {
                    tags.expectSeparateThoughts()
                    let pieces = thinking.text.map { [$0] } ?? thinking.elements.compactMap { $0["text"]?.text }
                    for piece in pieces {
                        if let problem = append(piece, as: .reasoning, seed: seed, context: context, into: &events) {
                            return problem
                        }
                    }
                } else if let problem = appendContent(
                    part["text"]?.text, seed: seed, context: context, into: &events)
                {
                    return problem
                }
            }
        case .object:
            return append(JSONText(escaping: content.raw), as: .text, seed: seed, context: context, into: &events)
        default: break
        }
        return nil
    }

    mutating func append(
        _ text: JSONText?, as kind: Open, seed: ArraySlice<UInt8>, context: TranslationContext,
        into events: inout [StreamEvent]
    ) -> String? {
        guard let text, !text.isEmpty else { return nil }
        if let problem = enter(kind, seed: seed, context: context, into: &events) { return problem }
        events.append(kind == .text ? .text(choice: index, text) : .reasoning(choice: index, text))
        return nil
    }

    /// Makes sure that a block of this kind is open; the one that was is closed.
    private mutating func enter(
        _ kind: Open, seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        guard open != kind else { return nil }
        // Calls with fragments still held come out first, so that the order of blocks is that of their beginnings.
        if let problem = closeAll(seed: seed, context: context, into: &events) { return problem }
        open = kind
        switch kind {
        case .reasoning: events.append(.blockStart(choice: index, .reasoning))
        case .refusal: events.append(.blockStart(choice: index, .refusal))
        default:
            events.append(.blockStart(choice: index, .text))
            beginText(into: &events)
        }
        return nil
    }

    /// Ends the open block, unless it is a tool call's.
    mutating func closeContent(into events: inout [StreamEvent]) {
        guard open != .nothing, open != .tool else { return }
        open = .nothing
        events.append(.blockEnd(choice: index))
    }
}

/// Reasoning in its several spellings: `reasoning_content`, `reasoning`, or `reasoning_details` alone.
struct OpenAIChatReasoning {
    private var content: JSONText?
    private var short: JSONText?
    private var details: JSONValue?

    /// Takes a member of a delta or message when it is one of them.
    mutating func take(_ member: JSONMember) {
        if member.isNamed("reasoning_content") {
            content = member.value.text
        } else if member.isNamed("reasoning") {
            short = member.value.text
        } else if member.isNamed("reasoning_details") {
            details = member.value
        }
    }

    /// The words; servers that send two spellings repeat the same words in both.
    var text: JSONText? {
        if let content, !content.isEmpty { return content }
        if let short, !short.isEmpty { return short }
        guard let details else { return nil }
        var text = JSONText.empty
        for detail in details.elements {
            if let piece = (detail.present("text") ?? detail.present("summary"))?.text { text += piece }
        }
        return text.isEmpty ? nil : text
    }

    /// Opaque tokens among the details (OpenRouter), each kept as the detail's whole JSON text.
    func states(context: TranslationContext) -> [OpaqueState] {
        guard let details else { return [] }
        var states: [OpaqueState] = []
        for detail in details.elements where detail.present("data") != nil || detail.present("signature") != nil {
            states.append(
                OpaqueState(
                    kind: detail.present("data") == nil ? .signature : .encrypted, origin: .openAIChat,
                    provider: context.provider, model: context.model, itemID: detail["id"]?.text,
                    payload: JSONText(escaping: detail.raw)))
        }
        return states
    }
}
