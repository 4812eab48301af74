public import OmniJSON

/// Puts instructions of the router's owner before those of a client, in the client's own dialect.
///
/// The same prompt makes the same bytes at the same place, so that prompt caches go on to hit; every other byte stays.
public enum InstructionInsertion {
    /// - Parameters:
    ///   - body: a chat request, of kind object.
    ///   - isGenerate: whether it holds a prompt and no messages.
    /// - Returns: nil where the dialect has no place for instructions: a text completion.
    public static func inserted(
        _ prompt: JSONText, into body: JSONValue, of format: WireFormat, isGenerate: Bool
    ) -> [UInt8]? {
        var patch = JSONPatch(body)
        switch format {
        case .openAIChat, .ollama:
            if !isGenerate {
                insertMessage(prompt, body, &patch)
            } else if format == .ollama {
                insertText(prompt, "system", body, &patch)
            } else {
                return nil
            }
        case .openAIResponses: insertText(prompt, "instructions", body, &patch)
        case .anthropicMessages:
            if let blocks = body.present("system"), blocks.kind == .array {
                prepend(textBlock(prompt, isTyped: true), to: blocks, &patch)
            } else {
                insertText(prompt, "system", body, &patch)
            }
        case .gemini: insertGemini(prompt, body, &patch)
        }
        return patch.applied()
    }

    /// Whether a model takes instructions where its dialect puts them; else only a translation finds a place for them.
    public static func isPossible(_ format: WireFormat, model: String) -> Bool {
        format != .gemini || GeminiModel(model: model, provider: "").takesSystemInstruction
    }

    /// Before what the first message says, when that is an instruction; else as a message of its own.
    private static func insertMessage(_ prompt: JSONText, _ body: JSONValue, _ patch: inout JSONPatch) {
        guard let messages = body.present("messages"), messages.kind == .array else { return }
        var elements = messages.elements
        if let first = elements.next(), let role = first.present("role")?.text,
            role.equals("system") || role.equals("developer"), let content = first.present("content")
        {
            switch content.kind {
            case .string: return prefix(content, with: prompt, &patch)
            case .array: return prepend(textBlock(prompt, isTyped: true), to: content, &patch)
            default: break
            }
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("role")
        writer.value("system")
        writer.key("content")
        writer.value(prompt)
        writer.endObject()
        prepend(writer.bytes, to: messages, &patch)
    }

    private static func insertText(
        _ prompt: JSONText, _ name: StaticString, _ body: JSONValue, _ patch: inout JSONPatch
    ) {
        if let old = body.present(name) {
            // What is no text is wrong, and whoever reads it says so better.
            if old.kind == .string { prefix(old, with: prompt, &patch) }
            return
        }
        var writer = JSONWriter()
        writer.value(prompt)
        patch.set(name, to: writer.bytes, in: body)
    }

    private static func insertGemini(_ prompt: JSONText, _ body: JSONValue, _ patch: inout JSONPatch) {
        let block = textBlock(prompt, isTyped: false)
        guard let old = body.present("systemInstruction") ?? body.present("system_instruction") else {
            patch.set("systemInstruction", to: Array(#"{"parts":["#.utf8) + block + Array("]}".utf8), in: body)
            return
        }
        switch old.kind {
        case .string: prefix(old, with: prompt, &patch)
        case .object:
            switch old.present("parts")?.kind {
            case .array: if let parts = old.present("parts") { prepend(block, to: parts, &patch) }
            case .object:
                guard let part = old.present("parts") else { return }
                patch.replace(
                    part, with: [UInt8(ascii: "[")] + block + [UInt8(ascii: ",")] + part.raw + [UInt8(ascii: "]")])
            case nil: patch.set("parts", to: [UInt8(ascii: "[")] + block + [UInt8(ascii: "]")], in: old)
            default: break
            }
        default: break
        }
    }

    private static func prefix(_ text: JSONValue, with prompt: JSONText, _ patch: inout JSONPatch) {
        let isEmpty = text.text?.isEmpty ?? true
        let gap: [UInt8] = isEmpty ? [] : Array(#"\n\n"#.utf8)
        patch.insert(Array(prompt.escaped) + gap, at: text.range.lowerBound + 1)
    }

    private static func prepend(_ element: [UInt8], to array: JSONValue, _ patch: inout JSONPatch) {
        var elements = array.elements
        let isEmpty = elements.next() == nil
        patch.insert(isEmpty ? element : element + [UInt8(ascii: ",")], at: array.range.lowerBound + 1)
    }

    private static func textBlock(_ prompt: JSONText, isTyped: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if isTyped {
            writer.key("type")
            writer.value("text")
        }
        writer.key("text")
        writer.value(prompt)
        writer.endObject()
        return writer.bytes
    }
}
