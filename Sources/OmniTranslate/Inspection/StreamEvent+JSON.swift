public import OmniJSON

/// How a stream event is shown to people: its kind and what it holds, opaque state by its length only.
extension StreamEvent {
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value(kind)
        if let choice {
            writer.key("choice")
            writer.value(choice)
        }
        writeContents(into: &writer)
        writer.endObject()
    }

    private var kind: StaticString {
        switch self {
        case .start: "start"
        case .blockStart: "blockStart"
        case .text: "text"
        case .reasoning: "reasoning"
        case .refusal: "refusal"
        case .arguments: "arguments"
        case .state: "state"
        case .citation: "citation"
        case .blockEnd: "blockEnd"
        case .hostedCall: "hostedCall"
        case .logprobs: "logprobs"
        case .finish: "finish"
        case .usage: "usage"
        case .serviceTier: "serviceTier"
        case .systemFingerprint: "systemFingerprint"
        case .ping: "ping"
        case .end: "end"
        case .error: "error"
        }
    }

    private var choice: Int? {
        switch self {
        case .blockStart(let choice, _), .text(let choice, _), .reasoning(let choice, _), .refusal(let choice, _),
            .arguments(let choice, _), .state(let choice, _), .citation(let choice, _), .blockEnd(let choice),
            .hostedCall(let choice, _), .logprobs(let choice, _), .finish(let choice, _):
            choice
        case .start, .usage, .serviceTier, .systemFingerprint, .ping, .end, .error: nil
        }
    }

    private func writeContents(into writer: inout JSONWriter) {
        switch self {
        case .start(let id, let model, let created):
            writer.member("id", id)
            writer.member("model", model)
            writer.member("created", created)
        case .blockStart(_, let block): block.write(into: &writer)
        case .text(_, let text), .reasoning(_, let text), .refusal(_, let text), .arguments(_, let text):
            writer.member("text", text)
        case .state(_, let state):
            writer.member("kind", JSONText(state.kind.rawValue))
            writer.member("origin", JSONText(state.origin.rawValue))
            writer.member("bytes", state.payload.escaped.count)
        case .citation(_, let value), .logprobs(_, let value):
            writer.key("value")
            writer.value(value)
        case .hostedCall(_, let call):
            writer.member("id", call.id)
            writer.member("action", JSONText(call.action.name))
        case .finish(_, let finish):
            writer.member("reason", JSONText(finish.reason.rawValue))
            writer.member("stopSequence", finish.stopSequence)
        case .usage(let usage): usage.writeMembers(into: &writer)
        case .serviceTier(let name), .systemFingerprint(let name): writer.member("name", name)
        case .error(let fault):
            writer.member("kind", JSONText(fault.kind.rawValue))
            writer.member("status", fault.status)
            writer.member("message", JSONText(fault.message))
        case .blockEnd, .ping, .end: break
        }
    }
}

extension StreamEvent.Block {
    fileprivate func write(into writer: inout JSONWriter) {
        switch self {
        case .text: writer.member("block", "text")
        case .reasoning: writer.member("block", "reasoning")
        case .refusal: writer.member("block", "refusal")
        case .toolCall(let id, let name, let isCustom):
            writer.member("block", "toolCall")
            writer.member("id", id)
            writer.member("name", name)
            writer.key("custom")
            writer.value(isCustom)
        case .unknown(let part):
            writer.member("block", "unknown")
            writer.member("name", part.type)
        }
    }
}

extension HostedCall.Action {
    fileprivate var name: String {
        switch self {
        case .search: "search"
        case .open: "open"
        case .run: "run"
        case .server: "server"
        }
    }
}

extension Usage {
    /// Members of an object that was begun: the five counts that have no tokens in common.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.member("input", input)
        writer.member("cacheRead", cacheRead)
        writer.member("cacheWrite", cacheWrite)
        writer.member("output", output)
        writer.member("reasoning", reasoning)
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ text: JSONText?) {
        guard let text else { return }
        key(name)
        value(text)
    }

    fileprivate mutating func member(_ name: StaticString, _ number: Int?) {
        guard let number else { return }
        key(name)
        value(number)
    }
}
