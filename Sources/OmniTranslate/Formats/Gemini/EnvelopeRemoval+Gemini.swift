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
        guard let contents = body["contents"], contents.kind == .array else { return }
        for content in contents.elements where content["role"]?.isString("model") ?? false {
            guard let parts = content["parts"], parts.kind == .array else { continue }
            remove(from: parts, for: model, patch: &patch)
        }
    }

    private static func remove(from parts: JSONValue, for model: String, patch: inout JSONPatch) {
        var first = GeminiTurn(model: model)
        guard parts.elements.contains(where: { first.change(of: $0) != .nothing }) else { return }
        var turn = GeminiTurn(model: model)
        var writer = JSONWriter()
        writer.beginArray()
        let start = writer.bytes.count
        for part in parts.elements {
            switch turn.change(of: part) {
            case .nothing: writer.value(part)
            case .removal: continue
            case .signature(let isMissing):
                writer.beginObject()
                for member in part.members where !member.isGemini("thoughtSignature") {
                    writer.key(member.name)
                    writer.value(member.value)
                }
                if isMissing {
                    writer.key("thoughtSignature")
                    writer.value(GeminiRequestEncoder.sentinel)
                }
                writer.endObject()
            }
        }
        // A content without parts is refused.
        if writer.bytes.count == start { writer.raw(Array(#"{"text":"(no content)"}"#.utf8)[...]) }
        writer.endArray()
        patch.replace(parts, with: writer.bytes)
    }
}

/// One turn of the model's, read part by part.
private struct GeminiTurn {
    enum Change: Equatable {
        case nothing
        case removal
        /// The signature goes; isMissing: whether Google's sentinel takes its place.
        case signature(isMissing: Bool)
    }

    let model: String
    private var hasCalls = false

    init(model: String) { self.model = model }

    mutating func change(of part: JSONValue) -> Change {
        let token = GeminiField.value("thoughtSignature", in: part)?.text
        let isForeign = token.map(Self.isEnvelope) ?? false
        let isFirstCall = !hasCalls && GeminiField.value("functionCall", in: part) != nil
        hasCalls = hasCalls || isFirstCall
        let isMissing =
            isFirstCall && (token == nil || isForeign) && GeminiModel(model: model, provider: "").demandsSignatures
        if isForeign, part["thought"]?.bool == true { return .removal }
        return isForeign || isMissing ? .signature(isMissing: isMissing) : .nothing
    }

    /// Gemini's slot is base64, and so is what we put into it.
    private static func isEnvelope(_ token: JSONText) -> Bool {
        guard token.escaped.starts(with: "cnRyMS".utf8), let bytes = Base64.decode(token.decodedBytes) else {
            return false
        }
        return OpaqueStateEnvelope.isEnvelope(JSONText(escaping: bytes))
    }
}
