public import OmniJSON

/// Takes our envelopes of foreign reasoning, and the calls of foreign hosted tools, out of a request that is otherwise passed on byte for byte.
///
/// A conversation that another vendor's model took part in carries them in `signature` and `data` (Anthropic) or
/// `encrypted_content` (OpenAI Responses), and the API would refuse the whole request for one of them. The same goes for
/// calls of tools another provider ran, whose results hold nothing it has signed; their ids tell them.
public enum EnvelopeRemoval {
    /// - Parameters:
    ///   - body: a `POST /v1/messages` or `POST /v1/responses` body.
    ///   - patch: receives the changes; every block that stays keeps its bytes.
    public static func remove(from body: JSONValue, patch: inout JSONPatch) {
        removeItems(from: body, patch: &patch)
        for message in body["messages"].map({ Array($0.elements) }) ?? [] {
            guard let content = message["content"], content.kind == .array else { continue }
            let kept = content.elements.filter { !isEnvelope($0) }
            guard kept.count < content.elements.reduce(0, { count, _ in count + 1 }) else { continue }
            var writer = JSONWriter()
            writer.beginArray()
            for block in kept { writer.value(block) }
            // A turn of nothing but thoughts must still be a turn.
            if kept.isEmpty { writer.raw(Array(#"{"type":"text","text":"(no content)"}"#.utf8)[...]) }
            writer.endArray()
            patch.replace(content, with: writer.bytes)
        }
    }

    /// A foreign thought is an item of its own, and the items beside it stand without it.
    private static func removeItems(from body: JSONValue, patch: inout JSONPatch) {
        guard let input = body["input"], input.kind == .array, input.elements.contains(where: isEnvelope) else {
            return
        }
        var writer = JSONWriter()
        writer.beginArray()
        for item in input.elements where !isEnvelope(item) { writer.value(item) }
        writer.endArray()
        patch.replace(input, with: writer.bytes)
    }

    private static func isEnvelope(_ block: JSONValue) -> Bool {
        guard let type = block["type"]?.text else { return false }
        if let id = (block["tool_use_id"] ?? block["id"])?.text, HostedCall.isForeign(id) { return true }
        if type.equals("reasoning") {
            return block["encrypted_content"]?.text.map(OpaqueStateEnvelope.isEnvelope) ?? false
        }
        let token =
            type.equals("thinking") ? block["signature"] : type.equals("redacted_thinking") ? block["data"] : nil
        return token?.text.map(OpaqueStateEnvelope.isEnvelope) ?? false
    }
}
