public import OmniJSON

/// Takes the model's thoughts out of a conversation whose signatures its provider refused.
///
/// Signatures of one Claude model mean nothing to some others, and those of servers that imitate Anthropic to none.
public enum ThoughtRemoval {
    /// Whether an upstream's answer says that thoughts in the history are why it refused.
    public static func isReason(for fault: UpstreamFault) -> Bool {
        guard fault.status == 400 else { return false }
        let words = fault.message.lowercased()
        return words.contains("signature") && words.contains("thinking")
    }

    /// - Parameter body: a `POST /v1/messages` body.
    /// - Returns: the body without thoughts; nil when there are none, for then nothing would be different.
    public static func removed(from body: JSONValue) -> [UInt8]? {
        var patch = JSONPatch(body)
        for message in body["messages"].map({ Array($0.elements) }) ?? [] {
            guard let content = message["content"], content.kind == .array,
                content.elements.contains(where: isThought)
            else { continue }
            let kept = content.elements.filter { !isThought($0) }
            var writer = JSONWriter()
            writer.beginArray()
            for block in kept { writer.value(block) }
            // A turn of nothing but thoughts must still be a turn.
            if kept.isEmpty { writer.raw(Array(#"{"type":"text","text":"(no content)"}"#.utf8)[...]) }
            writer.endArray()
            patch.replace(content, with: writer.bytes)
        }
        guard !patch.isEmpty else { return nil }
        // With a budget, a tool loop under way must begin with the thoughts that are gone.
        if body.present("thinking")?["type"]?.isString("enabled") ?? false, endsWithResults(body) {
            patch.set("thinking", to: Array(#"{"type":"disabled"}"#.utf8), in: body)
        }
        return patch.applied()
    }

    /// - Returns: nil when there are none.
    public static func removed(from request: CanonicalRequest) -> CanonicalRequest? {
        var request = request
        var isChanged = false
        for index in request.messages.indices {
            let kept = request.messages[index].parts.filter { part in
                if case .reasoning = part { return false }
                return true
            }
            isChanged = isChanged || kept.count < request.messages[index].parts.count
            request.messages[index].parts = kept
        }
        return isChanged ? request : nil
    }

    private static func isThought(_ block: JSONValue) -> Bool {
        let type = block["type"]?.text
        return type?.equals("thinking") ?? false || type?.equals("redacted_thinking") ?? false
    }

    private static func endsWithResults(_ body: JSONValue) -> Bool {
        var last: JSONValue?
        for message in body["messages"].map({ Array($0.elements) }) ?? [] { last = message }
        return last?["content"]?.elements.contains { $0["type"]?.isString("tool_result") ?? false } ?? false
    }
}
