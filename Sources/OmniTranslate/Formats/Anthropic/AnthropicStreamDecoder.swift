import OmniJSON

/// Reads an Anthropic message stream into stream events, one to one but for usage, which accumulates.
struct AnthropicStreamDecoder: Sendable {
    private enum Open: Sendable {
        case nothing, content, tool, customTool, foreign
        /// A call of Anthropic's own tool, told when its result has come; a block told when it began.
        case hosted, told
    }

    /// What a free-text call may hold while it is kept back, bounded like any event.
    private static var heldLimit: Int { 16 << 20 }

    let context: TranslationContext
    private var counts = AnthropicUsageCounts()
    private var hasStarted = false
    private var open = Open.nothing
    /// The arguments of the open free-text or hosted call; what they mean can be told only from all of them.
    private var held = JSONText.empty
    private var hasToolCalls = false
    private var hosted = AnthropicHostedCalls()
    /// The open block of a hosted call as it began, without its input.
    private var hostedBlock: JSONValue?
    private var hasFinished = false
    /// Whether `end` or `error` was sent; everything after it is ignored.
    private(set) var isOver = false

    var usage: Usage? { counts.usage }

    init(context: TranslationContext) {
        self.context = context
    }

    /// Reads one event's data and appends what it means.
    ///
    /// The event's name repeats the data's `type` and is not needed.
    mutating func decode(_ event: ServerSentEvent, into events: inout [StreamEvent]) {
        guard !isOver else { return }
        let body: JSONValue
        do throws(UnreadableEvent) {
            guard let object = try event.object() else { return }
            body = object
        } catch {
            fail(error.message, into: &events)
            return
        }
        guard let type = body["type"]?.text else {
            if let fault = AnthropicErrors.decode(body, status: nil) { fail(fault, into: &events) }
            return
        }
        if type.equals("content_block_delta") {
            decodeDelta(body, into: &events)
        } else if type.equals("content_block_start") {
            decodeBlockStart(body, into: &events)
        } else if type.equals("content_block_stop") {
            closeBlock(into: &events)
        } else if type.equals("message_start") {
            decodeStart(body.present("message"), into: &events)
        } else if type.equals("message_delta") {
            decodeMessageDelta(body, into: &events)
        } else if type.equals("message_stop") {
            end(into: &events)
        } else if type.equals("ping") {
            events.append(.ping)
        } else if type.equals("error") {
            fail(AnthropicErrors.decode(body, status: nil) ?? .malformed("the upstream sent an error"), into: &events)
        }
        // Other types are new since this was written; the versioning policy says to ignore them.
    }

    /// The upstream closed: only `message_stop` proves that the answer is whole.
    mutating func finish(into events: inout [StreamEvent]) {
        guard !isOver else { return }
        fail(.truncated, into: &events)
    }

    private mutating func decodeStart(_ message: JSONValue?, into events: inout [StreamEvent]) {
        guard !hasStarted else { return }
        hasStarted = true
        if let tier = message?["usage"]?["service_tier"]?.text { events.append(.serviceTier(tier)) }
        events.append(.start(id: message?["id"]?.text, model: message?["model"]?.text, created: nil))
        if let counts = message?.present("usage") { update(counts, into: &events) }
    }

    private mutating func decodeBlockStart(_ body: JSONValue, into events: inout [StreamEvent]) {
        guard let block = body.present("content_block"), let type = block["type"]?.text else {
            fail("the upstream started a content block without a type", into: &events)
            return
        }
        ensureStarted(into: &events)
        closeBlock(into: &events)
        open = .content
        if type.equals("text") {
            events.append(.blockStart(choice: 0, .text))
            if let text = block["text"]?.text, !text.isEmpty { events.append(.text(choice: 0, text)) }
            if let citations = block.present("citations") {
                for citation in citations.elements { events.append(.citation(choice: 0, citation)) }
            }
        } else if type.equals("thinking") {
            events.append(.blockStart(choice: 0, .reasoning))
            if let text = block["thinking"]?.text, !text.isEmpty { events.append(.reasoning(choice: 0, text)) }
            if let signature = block["signature"]?.text, !signature.isEmpty {
                events.append(.state(choice: 0, state(.signature, signature)))
            }
        } else if type.equals("redacted_thinking") {
            events.append(.blockStart(choice: 0, .reasoning))
            events.append(.state(choice: 0, state(.redacted, block["data"]?.text ?? .empty)))
        } else if type.equals("tool_use") {
            guard let id = block["id"]?.text, let name = block["name"]?.text, !name.isEmpty else {
                fail("the upstream sent a tool call without id or name", into: &events)
                return
            }
            let isCustom = context.customTools.contains(name)
            open = isCustom ? .customTool : .tool
            hasToolCalls = true
            events.append(
                .blockStart(
                    choice: 0, .toolCall(id: id, name: context.clientName(of: name), isCustom: isCustom)))
            // Normally {} and the arguments follow; compatible servers send them whole.
            if let input = block.present("input"), input.kind != .object || input.members.contains(where: { _ in true })
            {
                takeArguments(JSONText(escaping: input.raw), into: &events)
            }
        } else if type.equals("server_tool_use") || type.equals("mcp_tool_use") {
            open = .hosted
            hostedBlock = block
        } else if let calls = hosted.add(block) {
            open = .told
            tell(calls, into: &events)
        } else {
            open = .foreign
            events.append(
                .blockStart(choice: 0, .unknown(UnknownPart(type: type, origin: .anthropicMessages, raw: block))))
        }
    }

    private mutating func decodeDelta(_ body: JSONValue, into events: inout [StreamEvent]) {
        var payload: JSONValue?
        for member in body.members where member.isNamed("delta") { payload = member.value }
        guard let payload else { return }
        var type: JSONText?
        var value: JSONValue?
        for member in payload.members {
            if member.isNamed("type") {
                type = member.value.text
            } else if member.isNamed("text") || member.isNamed("partial_json") || member.isNamed("thinking")
                || member.isNamed("signature") || member.isNamed("citation")
            {
                value = member.value
            }
        }
        guard let type, let value else { return }
        switch open {
        case .content, .tool, .customTool, .hosted: break
        case .nothing: return fail("the upstream sent a delta outside a content block", into: &events)
        case .foreign, .told: return  // Deltas of blocks only Anthropic understands have no place elsewhere.
        }
        if type.equals("citations_delta") {
            if open == .content { events.append(.citation(choice: 0, value)) }
            return
        }
        guard let text = value.text, !text.isEmpty else { return }
        if type.equals("text_delta"), open == .content {
            events.append(.text(choice: 0, text))
        } else if type.equals("input_json_delta") {
            takeArguments(text, into: &events)
        } else if type.equals("thinking_delta"), open == .content {
            events.append(.reasoning(choice: 0, text))
        } else if type.equals("signature_delta"), open == .content {
            events.append(.state(choice: 0, state(.signature, text)))
        }
    }

    private mutating func takeArguments(_ text: JSONText, into events: inout [StreamEvent]) {
        if open == .tool { events.append(.arguments(choice: 0, text)) }
        guard open == .customTool || open == .hosted else { return }
        held += text
        if held.escaped.count > Self.heldLimit { fail("the upstream sent a tool call without end", into: &events) }
    }

    private mutating func decodeMessageDelta(_ body: JSONValue, into events: inout [StreamEvent]) {
        ensureStarted(into: &events)
        closeBlock(into: &events)
        if let counts = body.present("usage") {
            update(counts, into: &events)
            if let tier = counts["service_tier"]?.text { events.append(.serviceTier(tier)) }
        }
        tell(hosted.takeWaiting(), into: &events)
        guard !hasFinished, let delta = body.present("delta"), let reason = delta.present("stop_reason") else { return }
        hasFinished = true
        events.append(.finish(choice: 0, AnthropicFinish.decode(reason, in: delta, hasToolCalls: hasToolCalls)))
    }

    private mutating func end(into events: inout [StreamEvent]) {
        guard hasStarted else {
            fail("the upstream ended its answer before it began", into: &events)
            return
        }
        closeBlock(into: &events)
        tell(hosted.takeWaiting(), into: &events)
        if !hasFinished {
            hasFinished = true
            events.append(.finish(choice: 0, Finish(hasToolCalls ? .toolUse : .stop)))
        }
        isOver = true
        events.append(.end)
    }

    private mutating func closeBlock(into events: inout [StreamEvent]) {
        guard open != .nothing else { return }
        let isTold = open == .told || open == .hosted
        if open == .hosted { takeCall(into: &events) }
        if open == .customTool {
            let text = ToolArguments.freeText(written: held)
            held = .empty
            if !text.isEmpty { events.append(.arguments(choice: 0, text)) }
        }
        open = .nothing
        if !isTold { events.append(.blockEnd(choice: 0)) }
    }

    /// The block of a hosted call is whole.
    private mutating func takeCall(into events: inout [StreamEvent]) {
        guard let block = hostedBlock else { return }
        let whole = held.isBlank ? block : Self.block(block, with: held)
        hostedBlock = nil
        held = .empty
        if let calls = hosted.add(whole) { return tell(calls, into: &events) }
        let type = block["type"]?.text ?? .empty
        events.append(
            .blockStart(choice: 0, .unknown(UnknownPart(type: type, origin: .anthropicMessages, raw: whole))))
        events.append(.blockEnd(choice: 0))
    }

    private func tell(_ calls: [HostedCall], into events: inout [StreamEvent]) {
        for call in calls { events.append(.hostedCall(choice: 0, call)) }
    }

    /// A block with the input that came behind its start; without, if that is no JSON, as when an answer was cut.
    private static func block(_ block: JSONValue, with input: JSONText) -> JSONValue {
        var writer = JSONWriter()
        writer.beginObject()
        for member in block.members where !member.isNamed("input") {
            writer.key(member.name)
            writer.value(member.value)
        }
        writer.key("input")
        writer.raw(input.decodedBytes[...])
        writer.endObject()
        return (try? JSONValue(parsing: writer.bytes)) ?? block  // The input is the model's writing.
    }

    private mutating func ensureStarted(into events: inout [StreamEvent]) {
        if !hasStarted { decodeStart(nil, into: &events) }
    }

    private mutating func update(_ value: JSONValue, into events: inout [StreamEvent]) {
        counts.update(value)
        if let usage = counts.usage { events.append(.usage(usage)) }
    }

    private func state(_ kind: OpaqueState.Kind, _ payload: JSONText) -> OpaqueState {
        OpaqueState(
            kind: kind, origin: .anthropicMessages, provider: context.provider, model: context.model, payload: payload)
    }

    private mutating func fail(_ message: String, into events: inout [StreamEvent]) {
        fail(.malformed(message), into: &events)
    }

    private mutating func fail(_ fault: UpstreamFault, into events: inout [StreamEvent]) {
        isOver = true
        events.append(.error(fault))
    }
}
