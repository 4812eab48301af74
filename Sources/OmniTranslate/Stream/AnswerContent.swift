import OmniJSON

extension Translator {
    /// Whether a complete answer ended as usual and has nothing in it: no word, no thought, no call, no refusal.
    ///
    /// What a filter, a limit or an unknown reason ended is an answer, and so is everything that only its origin
    /// understands.
    /// - Parameter body: an answer as ``isAnswer(_:of:)`` knows it.
    public static func isEmptyAnswer(_ body: JSONValue, of format: WireFormat) -> Bool {
        switch format {
        case .openAIChat: !(body["choices"]?.elements.contains { $0.isChatAnswer } ?? false)
        case .openAIResponses:
            // One that runs in the background has nothing in it yet.
            body["status"]?.text?.equals("completed") != false && !body.holdsResponsesContent
        case .anthropicMessages: body.isEmptyMessage
        case .ollama:
            !body.holdsOllamaContent
                && OllamaFinish.decode(body.present("done_reason"), hasToolCalls: false).reason.isUsual
        case .gemini:
            body.present("promptFeedback")?.present("blockReason") == nil
                && !(body["candidates"]?.elements.contains(where: \.isGeminiAnswer) ?? false)
        }
    }
}

extension Finish.Reason {
    /// Whether an answer that ends so has something in it when all is well.
    var isUsual: Bool { self == .stop || self == .toolUse }
}

// What counts as content in each dialect, whole or in pieces. Unknown things count: only their origin can tell.
extension JSONValue {
    /// A choice that ends otherwise than usual, or has something in it.
    fileprivate var isChatAnswer: Bool {
        if let value = present("finish_reason"), let reason = OpenAIChatFinish.reason(value), !reason.isUsual {
            return true
        }
        return present("text")?.hasWords ?? false || present("message")?.holdsChatContent ?? false
    }

    /// Whether it is a string that is not empty.
    fileprivate var hasWords: Bool { kind == .string && !isEmptyString }

    /// Whether a chat message or delta holds more than the role.
    var holdsChatContent: Bool {
        for member in members where !member.isNamed("role") {
            switch member.value.kind {
            case .string: if !member.value.isEmptyString { return true }
            case .object: return true
            case .array: if member.value.hasElements { return true }
            default: continue
            }
        }
        return false
    }

    fileprivate var isEmptyMessage: Bool {
        if let reason = present("stop_reason"),
            !AnthropicFinish.reason(reason).isUsual
        {
            return false
        }
        return
            !(self["content"]?.elements.contains { block in
                let type = block["type"]
                if type?.isString("text") ?? false { return block["text"]?.hasWords ?? false }
                // A signature alone is a thought that is not shown.
                guard type?.isString("thinking") ?? false else { return true }
                return block["thinking"]?.hasWords ?? false || block["signature"]?.hasWords ?? false
            } ?? false)
    }

    /// Of `/api/chat` the message, of `/api/generate` the answer itself.
    var holdsOllamaContent: Bool {
        let holder = present("message") ?? self
        let hasText = (["content", "response", "thinking"] as [StaticString]).contains { name in
            !(holder[name]?.text?.isEmpty ?? true)
        }
        if hasText { return true }
        return (["tool_calls", "images"] as [StaticString]).contains { name in
            holder[name]?.hasElements ?? false
        }
    }

    /// A candidate that ends otherwise than usual, or has something in it.
    fileprivate var isGeminiAnswer: Bool {
        if let reason = present("finishReason"),
            !GeminiFinish.decode(reason, hasToolCalls: false).reason.isUsual
        {
            return true
        }
        return holdsGeminiContent
    }

    /// Whether a candidate has a part with something in it.
    var holdsGeminiContent: Bool {
        present("content")?["parts"]?.elements.contains { part in
            let part = GeminiPart(part)
            return switch part.kind {
            case .text(let text), .thought(let text): !text.isEmpty || part.signature != nil
            case .call, .other: true
            case .nothing: part.signature != nil
            }
        } ?? false
    }

    /// Whether a response has an item with something in it.
    var holdsResponsesContent: Bool { self["output"]?.elements.contains(where: \.isResponsesContent) ?? false }

    /// Whether an item of a response has something in it; of thoughts nobody can read the sealed ones count.
    var isResponsesContent: Bool {
        let type = self["type"]?.text ?? .empty
        if type.equals("message") {
            return self["content"]?.elements.contains(where: \.isResponsesPartContent) ?? false
        }
        guard type.equals("reasoning") else { return true }
        return self["encrypted_content"]?.text?.isEmpty == false
            || (["summary", "content"] as [StaticString]).contains { name in
                self[name]?.elements.contains(where: \.isResponsesPartContent) ?? false
            }
    }

    /// Whether a part of an item has words in it.
    var isResponsesPartContent: Bool { (present("text") ?? present("refusal"))?.text?.isEmpty != true }
}
