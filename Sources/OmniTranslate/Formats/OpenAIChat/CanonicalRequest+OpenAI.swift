import OmniJSON

extension CanonicalRequest {
    /// Meets what both of OpenAI's interfaces demand of a conversation, and no other dialect does.
    mutating func adaptToOpenAI() {
        if let distinct = messages.withDistinctCalls { messages = distinct }
        if case .jsonObject = responseFormat, origin != .openAIChat, origin != .openAIResponses,
            let words = responseFormat?.instruction
        {
            sayJSON(in: words)
        }
    }

    /// A JSON object is refused as a format unless the word is said somewhere.
    ///
    /// Only the beginning is looked at, which stays as the conversation grows.
    private mutating func sayJSON(in instruction: JSONText) {
        let opening = (messages.firstIndex { $0.role == .user } ?? messages.endIndex - 1) + 1
        let isSaid = messages.prefix(opening).contains { message in
            message.parts.contains { part in
                if case .text(let text) = part { text.text.string.lowercased().contains("json") } else { false }
            }
        }
        guard !isSaid else { return }
        let words = Part.text(TextPart(instruction))
        if let first = messages.first, first.role == .system || first.role == .developer {
            messages[0].parts.append(words)
        } else {
            messages.insert(Message(role: .system, parts: [words]), at: 0)
        }
    }
}
