import OmniJSON

extension OpenAIChatRequestDecoder {
    /// Fields of `POST /v1/completions` that chat bodies do not have.
    static let knownOfCompletion: [StaticString] = ["prompt", "suffix", "echo", "best_of"]

    /// The prompt of a `POST /v1/completions` body as the user's turn.
    ///
    /// What a conversation cannot express would change the answer's meaning and is refused: text after the gap, the
    /// prompt repeated, several prompts or answers to choose from, token numbers, and log probabilities in a form of
    /// their own.
    static func prompt(_ fields: FieldReader) throws(TranslationError) -> Message {
        if let suffix = try fields.text("suffix"), !suffix.isEmpty { throw unsupported("suffix") }
        if try fields.bool("echo") == true { throw unsupported("echo") }
        if try fields.int("logprobs") != nil { throw unsupported("logprobs") }
        if let candidates = try fields.int("best_of"), candidates > (try fields.int("n") ?? 1) {
            throw unsupported("best_of")
        }
        guard let value = fields.value("prompt") else {
            throw TranslationError(.invalid, "field required", at: "prompt")
        }
        let prompts = value.kind == .array ? Array(value.elements) : [value]
        guard prompts.count == 1, let text = prompts[0].text else {
            let isText = prompts.allSatisfy { $0.kind == .string }
            throw TranslationError(
                isText && !prompts.isEmpty ? .unsupported : .invalid,
                isText ? "must be one prompt; send each in a request of its own" : "must be text", at: "prompt")
        }
        return Message(role: .user, parts: [.text(TextPart(text))])
    }

    private static func unsupported(_ name: String) -> TranslationError {
        TranslationError(.unsupported, "is not supported here; chat models take no such parameter", at: name)
    }
}
