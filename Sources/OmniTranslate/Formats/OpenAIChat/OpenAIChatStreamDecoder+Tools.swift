import OmniJSON

/// One tool call of a chat stream.
struct OpenAIChatToolState: Sendable {
    /// The upstream's index; several calls may share one.
    let key: Int
    var id = JSONText.empty
    var name = JSONText.empty
    var isCustom = false
    /// Whether it calls a free-text tool that went out as a function; its text is told when all of it is there.
    var isWrapped = false
    var isStarted = false
    var isEnded = false
    var arguments = JSONTextCompleteness()
    /// Fragments that cannot go out yet: the name is missing, another call's block is open, or they may mean nothing.
    var held: [JSONText] = []

    /// Whether its arguments cannot be told yet: they may still turn out as none, which some servers write as `null` or
    /// white space, or what they mean can be told only from all of them.
    var keepsArguments: Bool { isWrapped || !isCustom && arguments.mayBeNothing }
}

/// Tool calls. Blocks must not overlap, fragments may: what belongs to a later call waits until the open one is complete.
extension OpenAIChatChoiceState {
    /// Fragments held per choice, bounded like any event.
    static var heldLimit: Int { 16 << 20 }

    mutating func decodeCall(
        _ call: JSONValue, seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        guard call.kind == .object else { return nil }
        var key: Int?
        var id: JSONText?
        var body: JSONValue?
        var isCustom = false
        for member in call.members {
            if member.isNamed("index") {
                key = member.value.int
            } else if member.isNamed("id") {
                id = member.value.text
            } else if member.isNamed("function") {
                body = member.value
            } else if member.isNamed("custom") {
                body = member.value
                isCustom = true
            }
        }
        return decodeFragment(
            key: key, id: id, name: body?["name"]?.text, arguments: body?[isCustom ? "input" : "arguments"],
            isCustom: isCustom, seed: seed, context: context, into: &events)
    }

    /// `function_call`, the single call of older servers: one call without id.
    mutating func decodeLegacyCall(
        _ call: JSONValue, seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        decodeFragment(
            key: -1, id: nil, name: call["name"]?.text, arguments: call["arguments"], isCustom: false, seed: seed,
            context: context, into: &events)
    }

    private mutating func decodeFragment(
        key: Int?, id: JSONText?, name: JSONText?, arguments: JSONValue?, isCustom: Bool, seed: ArraySlice<UInt8>,
        context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        let slot = slot(key: key, id: id ?? .empty, name: name ?? .empty)
        if let id, tools[slot].id.isEmpty { tools[slot].id = id }
        if let name, tools[slot].name.isEmpty { tools[slot].name = name }
        if isCustom { tools[slot].isCustom = true }
        let text: JSONText
        switch arguments?.kind {
        case .string: text = arguments?.text ?? .empty
        case .object, .array: text = arguments.map { JSONText(escaping: $0.raw) } ?? .empty
        default: text = .empty
        }
        tools[slot].arguments.append(text)
        closeContentIfNamed(slot, into: &events)
        if slot == live, tools[slot].isStarted, !tools[slot].isEnded, !tools[slot].keepsArguments {
            releaseHeld(into: &events)
            if !text.isEmpty { events.append(.arguments(choice: index, text)) }
            return nil
        }
        if tools[slot].isEnded {
            // White space after the end changes nothing; more would belong to a block that is gone.
            return text.isBlank ? nil : "the upstream went back to a tool call that had ended"
        }
        if !text.isEmpty {
            heldBytes += text.escaped.count
            guard heldBytes <= Self.heldLimit else { return "the upstream interleaved too many tool call fragments" }
            tools[slot].held.append(text)
        }
        advance(seed: seed, context: context, into: &events)
        return nil
    }

    /// The call a fragment belongs to; a new one when it cannot belong to any.
    private mutating func slot(key: Int?, id: JSONText, name: JSONText) -> Int {
        var found: Int?
        if let key {
            found = tools.lastIndex { $0.key == key }
        } else if !id.isEmpty {
            found = tools.lastIndex { $0.id == id }
        } else if name.isEmpty {
            found = tools.indices.last
        }
        if let found, !isNewCall(at: found, id: id, name: name) { return found }
        tools.append(OpenAIChatToolState(key: key ?? (tools.map(\.key).max() ?? -1) + 1))
        return tools.count - 1
    }

    /// Some servers send index 0 for every call: a new id, or a name after complete arguments, tells them apart.
    ///
    /// Others make up an id per fragment: without a name and amid arguments it is still the same call.
    private func isNewCall(at slot: Int, id: JSONText, name: JSONText) -> Bool {
        let tool = tools[slot]
        if !id.isEmpty, !tool.id.isEmpty {
            if id == tool.id { return false }
            return !name.isEmpty || tool.arguments.isComplete || tool.arguments.isEmpty
        }
        return !name.isEmpty && !tool.name.isEmpty && tool.arguments.isComplete
    }

    private mutating func closeContentIfNamed(_ slot: Int, into events: inout [StreamEvent]) {
        if !tools[slot].name.isEmpty { closeContent(into: &events) }
    }

    /// Starts the next call whose turn it is, ending the open one when its arguments are complete.
    private mutating func advance(
        seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) {
        while live < tools.count {
            if !tools[live].isStarted {
                guard !tools[live].name.isEmpty else { return }
                start(seed: seed, context: context, into: &events)
            }
            guard live + 1 < tools.count, tools[live].isEnded || tools[live].arguments.isComplete else { return }
            endLive(into: &events)
            live += 1
        }
    }

    private mutating func start(
        seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) {
        closeContent(into: &events)
        if !tools[live].isCustom { tools[live].isWrapped = context.customTools.contains(tools[live].name) }
        let tool = tools[live]
        let id = tool.id.isEmpty ? StableID.text("call_", seed, salt: index << 32 | live + 1) : tool.id
        open = .tool
        tools[live].isStarted = true
        events.append(
            .blockStart(
                choice: index,
                .toolCall(
                    id: id, name: context.clientName(of: tool.name), isCustom: tool.isCustom || tool.isWrapped)))
        if !tool.keepsArguments { releaseHeld(into: &events) }
    }

    private mutating func releaseHeld(into events: inout [StreamEvent]) {
        guard !tools[live].held.isEmpty else { return }
        for text in tools[live].held {
            heldBytes -= text.escaped.count
            events.append(.arguments(choice: index, text))
        }
        tools[live].held = []
    }

    /// The text of a free-text call, out of the arguments of the function that stood for its tool.
    private mutating func tellFreeText(into events: inout [StreamEvent]) {
        var written: [UInt8] = []
        for text in tools[live].held { written += text.escaped }
        heldBytes -= written.count
        tools[live].held = []
        let text = ToolArguments.freeText(written: JSONText(escaped: written[...]))
        if !text.isEmpty { events.append(.arguments(choice: index, text)) }
    }

    private mutating func endLive(into events: inout [StreamEvent]) {
        guard !tools[live].isEnded else { return }
        if tools[live].isWrapped {
            tellFreeText(into: &events)
        } else if tools[live].isCustom || !tools[live].arguments.isNothing {
            releaseHeld(into: &events)
        }
        tools[live].isEnded = true
        open = .nothing
        events.append(.blockEnd(choice: index))
    }

    /// Ends whatever is open and sends what was held.
    /// - Returns: what makes the stream unusable, if anything does.
    mutating func closeAll(
        seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        closeContent(into: &events)
        while live < tools.count {
            if !tools[live].isStarted {
                // An empty shell is noise of the server; arguments without a function to give them to are not.
                if tools[live].name.isEmpty {
                    guard tools[live].held.allSatisfy(\.isBlank) else {
                        return "the upstream sent a tool call without a name"
                    }
                    tools[live].isEnded = true
                } else {
                    start(seed: seed, context: context, into: &events)
                }
            }
            endLive(into: &events)
            live += 1
        }
        return nil
    }
}
