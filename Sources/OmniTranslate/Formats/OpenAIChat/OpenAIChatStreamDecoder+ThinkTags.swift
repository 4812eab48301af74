import OmniJSON

/// Thoughts that a compatible server left in the content, between tags.
extension OpenAIChatChoiceState {
    /// Appends content, told apart by its tags.
    mutating func appendContent(
        _ text: JSONText?, seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        // Some servers end a line between the fragments of a call, which says nothing and would end the call.
        if open == .tool, let text, text.isBlank, !tools[live].arguments.isComplete { return nil }
        guard let text, !tags.isPassing else {
            return append(text, as: .text, seed: seed, context: context, into: &events)
        }
        var pieces: [ThinkTagSplitter.Piece] = []
        tags.split(text, into: &pieces)
        return append(pieces, seed: seed, context: context, into: &events)
    }

    /// Appends content that was held because it might have become a tag: something else follows, or nothing.
    mutating func releaseTags(
        seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        guard !tags.isPassing else { return nil }
        var pieces: [ThinkTagSplitter.Piece] = []
        tags.flush(into: &pieces)
        return append(pieces, seed: seed, context: context, into: &events)
    }

    private mutating func append(
        _ pieces: [ThinkTagSplitter.Piece], seed: ArraySlice<UInt8>, context: TranslationContext,
        into events: inout [StreamEvent]
    ) -> String? {
        for piece in pieces {
            let kind = piece.isThought ? Open.reasoning : .text
            if let problem = append(piece.text, as: kind, seed: seed, context: context, into: &events) {
                return problem
            }
        }
        return nil
    }
}
