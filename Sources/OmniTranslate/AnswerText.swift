public import OmniJSON

/// How much an answer says, for upstreams that do not count it.
public enum AnswerText {
    /// Bytes of text, thoughts and calls in a whole answer, escapes counted as they stand.
    public static func byteCount(in answer: JSONValue, of format: WireFormat) -> Int {
        switch format {
        case .openAIChat:
            (answer["choices"]?.elements ?? answer.elements).reduce(0) { sum, choice in
                sum + (choice.present("message").map { contents(of: $0) } ?? choice["text"]?.text?.escaped.count ?? 0)
            }
        case .anthropicMessages: (answer["content"]?.elements).map { $0.reduce(0) { $0 + contents(of: $1) } } ?? 0
        case .openAIResponses:
            (answer["output"]?.elements).map { items in
                items.reduce(0) { sum, item in
                    if let parts = item["content"] { return sum + parts.elements.reduce(0) { $0 + contents(of: $1) } }
                    return sum + contents(of: item)
                }
            } ?? 0
        case .gemini:
            (answer["candidates"]?.elements).map { candidates in
                candidates.reduce(0) { sum, candidate in
                    let parts = candidate.present("content")?["parts"]?.elements
                    return sum + (parts.map { $0.reduce(0) { $0 + contents(of: $1) } } ?? 0)
                }
            } ?? 0
        case .ollama:
            (answer.present("message").map { contents(of: $0) } ?? 0) + (answer["response"]?.text?.escaped.count ?? 0)
                + (answer["thinking"]?.text?.escaped.count ?? 0)
        }
    }

    /// What an object says besides what kind of thing it is.
    static func contents(of object: JSONValue) -> Int {
        var count = 0
        for member in object.members where !frame.contains(where: { member.isNamed($0) }) {
            switch member.value.kind {
            case .string: count += member.value.raw.count - 2
            case .object: count += contents(of: member.value)
            case .array: for element in member.value.elements { count += contents(of: element) }
            default: break
            }
        }
        return count
    }

    /// Members that say what something is and not what was generated; opaque state is no text either.
    private static let frame: [StaticString] = [
        "type", "role", "id", "call_id", "status", "signature", "thoughtSignature", "encrypted_content", "annotations",
        "citations", "obfuscation", "index",
    ]
}

/// The text of a stream whose events are mostly not parsed, by their length.
///
/// The events of one stream differ in little but their text: what one parsed event holds besides its text, the others
/// hold too.
struct TextTally: Sendable {
    private(set) var bytes = 0
    /// Bytes of an event that are no text; unknown before one was parsed that has some.
    private var frame: Int?

    /// - Parameters: event: bytes of a parsed event. text: those of them that are text.
    mutating func add(event: Int, text: Int) {
        guard text > 0 else { return }
        bytes += text
        frame = event - text
    }

    /// An event nobody parsed.
    mutating func add(event: Int) {
        guard let frame, event > frame else { return }
        bytes += event - frame
    }
}
