import OmniJSON

/// Reads what models wrote.
enum EvalAnswerText {
    /// The JSON of an answer that is nothing else, or that stands in one fenced block; nil when there is none.
    ///
    /// Text around it is no JSON: who asks for JSON and gets a sentence with it got something else.
    static func json(in answer: String) -> JSONValue? {
        // What cannot be parsed is no JSON, whatever the reason.
        try? JSONValue(parsing: Array(unfenced(answer.trimmed).utf8), limits: JSONLimits(maximumDepth: 128))
    }

    private static func unfenced(_ text: String) -> String {
        guard text.hasPrefix("```"), text.hasSuffix("```"), text.utf8.count > 6,
            let lineEnd = text.firstIndex(where: \.isNewline)
        else { return text }
        return String(text[text.index(after: lineEnd)...].dropLast(3)).trimmed
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
