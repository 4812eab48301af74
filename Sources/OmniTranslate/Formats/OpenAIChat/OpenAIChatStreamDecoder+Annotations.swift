import OmniJSON

/// Annotations, which belong to the text but may come before it or when a call has begun: they wait for the next text or
/// the end. Of an answer without any text they are dropped, for there is nothing they could be about.
extension OpenAIChatChoiceState {
    /// - Returns: what makes the stream unusable, if anything does.
    mutating func decodeAnnotations(_ annotations: JSONValue, into events: inout [StreamEvent]) -> String? {
        for annotation in annotations.elements {
            if open == .text {
                events.append(.citation(choice: index, annotation))
                continue
            }
            heldBytes += annotation.raw.count
            guard heldBytes <= Self.heldLimit else { return "the upstream sent too many annotations before its text" }
            heldAnnotations.append(annotation)
        }
        return nil
    }

    /// A text block has just been opened.
    mutating func beginText(into events: inout [StreamEvent]) {
        hasText = true
        releaseAnnotations(into: &events)
    }

    /// Appends what waited for a text, if there was one.
    mutating func releaseAnnotations(into events: inout [StreamEvent]) {
        guard hasText else { return }
        for annotation in heldAnnotations {
            heldBytes -= annotation.raw.count
            events.append(.citation(choice: index, annotation))
        }
        heldAnnotations = []
    }
}
