public import OmniJSON

/// Takes our envelopes of foreign reasoning out of a request that is otherwise passed on byte for byte.
///
/// A conversation that another vendor's model took part in carries them in `signature` and `data`; Anthropic would refuse
/// the whole request for one of them.
public enum EnvelopeRemoval {
    /// - Parameters:
    ///   - body: a `POST /v1/messages` body.
    ///   - patch: receives the changes; every block that stays keeps its bytes.
    public static func remove(from body: JSONValue, patch: inout JSONPatch) {
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

    private static func isEnvelope(_ block: JSONValue) -> Bool {
        guard let type = block["type"]?.text else { return false }
        let token = type.equals("thinking") ? block["signature"] : type.equals("redacted_thinking") ? block["data"] : nil
        return token?.text.map(OpaqueStateEnvelope.isEnvelope) ?? false
    }
}
