import OmniJSON

/// Opaque reasoning state on its way through a Chat client, which has no field of its own for it.
///
/// It travels on the call that the thoughts led to, as `extra_content.omniroute.thoughts`: a list of
/// `{"text":…,"state":…}` where `state` is an ``OpaqueStateEnvelope``. SDKs keep members they do not know. The text is
/// repeated, for `reasoning_content` runs all thoughts of a turn together and a signature covers exactly one.
enum OpenAIChatThoughts {
    /// Writes `extra_content` into the object of a call; nothing when no thought has state.
    static func write(_ thoughts: [ReasoningPart], into writer: inout JSONWriter) {
        guard !thoughts.isEmpty else { return }
        writer.key("extra_content")
        writer.beginObject()
        writer.key("omniroute")
        writer.beginObject()
        writer.key("thoughts")
        writer.beginArray()
        for thought in thoughts {
            guard let state = thought.state else { continue }
            writer.beginObject()
            writer.key("text")
            writer.value(thought.text)
            writer.key("state")
            writer.value(OpaqueStateEnvelope.wrap(state))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.endObject()
    }

    /// - Returns: the thoughts that a call of the history carries, ours and those of Google's own Chat endpoint.
    static func read(_ call: JSONValue) -> [ReasoningPart] {
        guard let extra = call["extra_content"] else { return [] }
        if let signature = extra["google"]?["thought_signature"]?.text {
            let state = OpaqueState(
                kind: .thoughtSignature, origin: .gemini, itemID: call["id"]?.text, payload: signature)
            return [ReasoningPart(text: .empty, state: state)]
        }
        guard let thoughts = extra["omniroute"]?["thoughts"], thoughts.kind == .array else { return [] }
        return thoughts.elements.compactMap { thought in
            guard let state = thought["state"]?.text.flatMap(OpaqueStateEnvelope.unwrap) else { return nil }
            return ReasoningPart(text: thought["text"]?.text ?? .empty, state: state)
        }
    }
}

extension EnvelopeRemoval {
    /// Takes our member out of the calls of a `POST /v1/chat/completions` body that is passed on byte for byte.
    /// - Parameter patch: receives the changes; calls without it keep their bytes.
    public static func removeFromChat(_ body: JSONValue, patch: inout JSONPatch) {
        guard let messages = body["messages"], messages.kind == .array else { return }
        for message in messages.elements {
            guard let calls = message["tool_calls"], calls.kind == .array else { continue }
            for call in calls.elements {
                guard let extra = call["extra_content"], extra["omniroute"] != nil else { continue }
                patch.replace(call, with: withoutThoughts(call, extra: extra))
            }
        }
    }

    private static func withoutThoughts(_ call: JSONValue, extra: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for member in call.members where !member.isNamed("extra_content") {
            writer.key(member.name)
            writer.value(member.value)
        }
        let others = extra.members.filter { !$0.name.equals("omniroute") }
        if !others.isEmpty {
            writer.key("extra_content")
            writer.beginObject()
            for member in others {
                writer.key(member.name)
                writer.value(member.value)
            }
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }
}
