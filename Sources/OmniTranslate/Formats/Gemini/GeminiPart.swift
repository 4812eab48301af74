import OmniJSON

/// One part of a candidate's content, whole or a piece of a stream.
struct GeminiPart {
    enum Kind {
        case text(JSONText)
        case thought(JSONText)
        case call(JSONValue)
        /// A part whose data field has this name, such as `executableCode`.
        case other(JSONText)
        case nothing
    }

    let kind: Kind
    let signature: JSONText?
    let raw: JSONValue

    init(_ part: JSONValue) {
        var data: JSONMember?
        var isThought = false
        var signature: JSONText?
        for member in part.members where !member.value.isNull {
            if member.isNamed("thought") {
                isThought = member.value.bool ?? false
            } else if member.isNamed("thoughtSignature") || member.isNamed("thought_signature") {
                signature = member.value.text.flatMap { $0.isEmpty ? nil : $0 }
            } else if !Self.isModifier(member.name),
                data == nil || member.isNamed("text") || member.isNamed("functionCall")
            {
                data = member
            }
        }
        self.signature = signature
        raw = part
        if let data, data.name.equals("text"), let text = data.value.text {
            kind = isThought ? .thought(text) : .text(text)
        } else if let data, data.name.equals("functionCall"), data.value.kind == .object {
            kind = .call(data.value)
        } else if let data {
            kind = .other(data.name)
        } else {
            kind = .nothing
        }
    }

    static func isModifier(_ name: JSONText) -> Bool {
        name.equals("videoMetadata") || name.equals("mediaResolution") || name.equals("partMetadata")
    }

    /// The signature as state to be kept.
    /// - Parameter place: the id of the call it stood on, ``OpaqueState/textPlace``, or nil for a thought.
    func state(at place: JSONText?, context: TranslationContext) -> OpaqueState? {
        guard let signature else { return nil }
        return OpaqueState(
            kind: .thoughtSignature, origin: .gemini, provider: context.provider, model: context.model, itemID: place,
            payload: signature)
    }

    /// A call's id, made of its contents where Gemini gave none.
    static func callID(of call: JSONValue, seed: JSONText?, ordinal: Int) -> JSONText {
        if let id = call["id"]?.text, !id.isEmpty { return id }
        var bytes = Array(seed?.escaped ?? [])
        bytes += call["name"]?.raw ?? []
        bytes += call["args"]?.raw ?? []
        return StableID.text("call_", bytes, salt: ordinal)
    }
}
