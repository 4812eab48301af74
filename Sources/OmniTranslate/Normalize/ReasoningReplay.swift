import OmniJSON

extension TranslationContext {
    /// Whether an Anthropic target will accept a thought: only with its own token, and only the one that made it.
    ///
    /// A thought without a token, with another provider's or with one that cannot be Anthropic's gets the whole request
    /// refused ("Invalid signature in thinking block").
    func canReplay(_ state: OpaqueState?) -> Bool {
        guard let state, state.origin == .anthropicMessages, state.model == nil || state.model == model,
            state.provider == nil || state.provider == provider,
            !OpaqueStateEnvelope.isEnvelope(state.payload)
        else { return false }
        // Other vendors of this format sign as they like; their tokens come back to them unchecked.
        return provider != "anthropic" || Self.looksSigned(state.payload)
    }

    /// Anthropic's tokens are base64 of a message whose first byte is 0x12: an `E` and one of `g` to `v`.
    private static func looksSigned(_ payload: JSONText) -> Bool {
        let bytes = payload.escaped
        guard bytes.count > 2, bytes.first == UInt8(ascii: "E") else { return false }
        return (UInt8(ascii: "g")...UInt8(ascii: "v")).contains(bytes[bytes.startIndex + 1])
    }
}
