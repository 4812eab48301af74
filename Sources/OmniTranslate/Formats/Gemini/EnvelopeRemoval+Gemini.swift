public import OmniJSON

extension EnvelopeRemoval {
    /// Makes the history of a `generateContent` body, which is otherwise passed on byte for byte, fit for Google.
    ///
    /// Our envelopes of other vendors' thoughts go, and from Gemini 3 on a turn's first call that has no signature, for
    /// another vendor's model made it, gets Google's sentinel: the API would refuse the whole request for either.
    /// - Parameters:
    ///   - model: the upstream's id.
    ///   - patch: receives the changes; every part that stays keeps its bytes.
    public static func removeFromGemini(_ body: JSONValue, model: String, patch: inout JSONPatch) {
        let demandsSignatures = GeminiModel(model: model, provider: "").demandsSignatures
        guard let contents = body["contents"], contents.kind == .array else { return }
        for content in contents.elements where content["role"]?.isString("model") ?? false {
            guard let parts = content["parts"], parts.kind == .array else { continue }
            remove(from: parts, demandsSignatures: demandsSignatures, patch: &patch)
        }
    }

    private static func remove(from parts: JSONValue, demandsSignatures: Bool, patch: inout JSONPatch) {
        var hasCalls = false
        var isChanged = false
        var writer = JSONWriter()
        writer.beginArray()
        let start = writer.bytes.count
        for part in parts.elements {
            let token = GeminiField.value("thoughtSignature", in: part)?.text
            let isForeign = token.map(isEnvelope) ?? false
            let isCall = GeminiField.value("functionCall", in: part) != nil
            let lacksSignature = isCall && !hasCalls && demandsSignatures && (token == nil || isForeign)
            hasCalls = hasCalls || isCall
            isChanged = isChanged || isForeign || lacksSignature
            if isForeign, part["thought"]?.bool == true { continue }
            guard isForeign || lacksSignature else {
                writer.value(part)
                continue
            }
            writer.beginObject()
            for member in part.members where !GeminiField.matches(member.name, "thoughtSignature") {
                writer.key(member.name)
                writer.value(member.value)
            }
            if lacksSignature {
                writer.key("thoughtSignature")
                writer.value(GeminiRequestEncoder.sentinel)
            }
            writer.endObject()
        }
        guard isChanged else { return }
        // A content without parts is refused.
        if writer.bytes.count == start { writer.raw(Array(#"{"text":"(no content)"}"#.utf8)[...]) }
        writer.endArray()
        patch.replace(parts, with: writer.bytes)
    }

    /// Gemini's slot is base64, and so is what we put into it.
    private static func isEnvelope(_ token: JSONText) -> Bool {
        guard token.escaped.starts(with: "cnRyMS".utf8), let bytes = Base64.decode(token.decodedBytes) else {
            return false
        }
        return OpaqueStateEnvelope.isEnvelope(JSONText(escaping: bytes))
    }
}
