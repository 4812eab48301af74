import OmniJSON

extension GeminiRequestEncoder {
    /// One part of a model's turn, and the signature that goes on it.
    private struct Draft {
        var part: Part
        var signature: JSONText?
    }

    mutating func write(_ turn: Turn) throws(TranslationError) {
        writer.beginObject()
        writer.key("role")
        writer.value(turn.speaker == .assistant ? "model" : "user")
        writer.key("parts")
        writer.beginArray()
        let start = writer.bytes.count
        if turn.speaker == .assistant {
            for draft in drafts(of: turn.parts) { try write(draft) }
        } else {
            for part in turn.parts { try writeUser(part) }
        }
        // What only another provider understands may have been all there was, and an empty content is refused.
        if writer.bytes.count == start { writeText("(no content)") }
        writer.endArray()
        writer.endObject()
    }

    // MARK: The model's turn

    /// The parts with their signatures in place: each on the part it came on, and on the first call of the turn in any
    /// case where the model demands it.
    private mutating func drafts(of parts: [Part]) -> [Draft] {
        var drafts: [Draft] = []
        var waiting: [OpaqueState] = []
        var hasCalls = false
        for part in parts {
            switch part {
            case .reasoning(let thought):
                guard let state = thought.state else {
                    drafts.append(Draft(part: part))
                    continue
                }
                guard let place = state.itemID else {
                    drafts.append(Draft(part: part, signature: state.payload))
                    continue
                }
                if !thought.text.isEmpty { drafts.append(Draft(part: .reasoning(ReasoningPart(text: thought.text)))) }
                if !place.equals(OpaqueState.textPlace) {
                    waiting.append(state)
                } else if let last = drafts.last, case .text = last.part, last.signature == nil {
                    drafts[drafts.count - 1].signature = state.payload
                } else {
                    drafts.append(Draft(part: .text(TextPart("")), signature: state.payload))
                }
            case .toolCall(let call):
                var signature = signature(of: call)
                if let index = waiting.firstIndex(where: { $0.itemID == call.id }) ?? waiting.indices.first {
                    let state = waiting.remove(at: index)
                    signature = signature ?? state.payload
                }
                if !hasCalls, signature == nil, model.demandsSignatures { signature = Self.sentinel }
                hasCalls = true
                drafts.append(Draft(part: part, signature: signature))
            case .text, .refusal, .media, .toolResult, .hostedCall, .unknown: drafts.append(Draft(part: part))
            }
        }
        if !waiting.isEmpty { report.add("extra_content", "misplaced") }
        return drafts
    }

    /// Google's word for calls that its model did not make (ai.google.dev, thought signatures).
    static let sentinel: JSONText = "skip_thought_signature_validator"

    private mutating func signature(of call: ToolCall) -> JSONText? {
        guard let state = call.state else { return nil }
        if context.canReplaySignature(state) { return state.payload }
        report.add("extra_content", "foreign")
        return nil
    }

    private mutating func write(_ draft: Draft) throws(TranslationError) {
        switch draft.part {
        case .text(let text): writeText(text.text, signature: draft.signature)
        case .refusal(let text): writeText(text, signature: draft.signature)
        case .reasoning(let thought):
            writer.beginObject()
            writer.key("text")
            writer.value(thought.text)
            writer.key("thought")
            writer.value(true)
            writeSignature(draft.signature)
            writer.endObject()
        case .media(let media): try write(media, signature: draft.signature)
        case .toolCall(let call): write(call, signature: draft.signature)
        case .unknown(let unknown):
            if unknown.origin == .gemini {
                writer.value(unknown.raw)
            } else {
                report.add("messages.\(unknown.type.string)")
            }
        case .hostedCall(let call): _ = GeminiHostedCalls.writeParts(call, into: &writer)
        case .toolResult: break
        }
    }

    private mutating func write(_ call: ToolCall, signature: JSONText?) {
        let name = names.sentName(call.name)
        let id = Self.callID(call.id)
        calledNames[id] = name
        writer.beginObject()
        writer.key("functionCall")
        writer.beginObject()
        writer.key("id")
        writer.value(id)
        writer.key("name")
        writer.value(name)
        writer.key("args")
        if call.isCustom {
            writer.beginObject()
            writer.key("input")
            writer.value(call.arguments.string)
            writer.endObject()
        } else {
            let input = call.arguments.object
            if input.isWrapped { report.add("tool_calls.arguments", "wrapped") }
            writer.raw(input.bytes[...])
        }
        writer.endObject()
        writeSignature(signature)
        writer.endObject()
    }

    private static func callID(_ id: JSONText) -> JSONText {
        StableHash.callID(id, maximum: 256, allowsPunctuation: true)
    }

    /// A sibling of the data field, never inside it (C114).
    mutating func writeSignature(_ signature: JSONText?) {
        guard let signature else { return }
        writer.key("thoughtSignature")
        writer.value(signature)
    }

    mutating func writeText(_ text: JSONText, signature: JSONText? = nil) {
        writer.beginObject()
        writer.key("text")
        writer.value(text)
        writeSignature(signature)
        writer.endObject()
    }

    // MARK: The user's turn

    private mutating func writeUser(_ part: Part) throws(TranslationError) {
        switch part {
        case .text(let text): writeText(text.text)
        case .refusal(let text): writeText(text)
        case .media(let media): try write(media, signature: nil)
        case .toolResult(let result): try write(result)
        case .unknown(let unknown):
            if unknown.origin == .gemini { return writer.value(unknown.raw) }
            writeText(try flattened(unknown))
        case .reasoning, .toolCall, .hostedCall: break
        }
    }

    /// A search result's title, source and text; nothing else of another dialect can be said in words.
    private mutating func flattened(_ unknown: UnknownPart) throws(TranslationError) -> JSONText {
        guard unknown.type.equals("search_result") || unknown.type.equals("tool_reference") else {
            throw TranslationError(
                .unsupported, "content of type '\(unknown.type.string)' cannot be sent to this model", at: "messages")
        }
        report.add("messages.\(unknown.type.string)", "flattened")
        let raw = unknown.raw
        var pieces = [raw["title"]?.text, raw["source"]?.text, raw["tool_name"]?.text].compactMap { $0 }
        pieces += raw["content"]?.elements.compactMap { $0["text"]?.text } ?? []
        return Self.joined(pieces)
    }

    static func joined(_ pieces: [JSONText]) -> JSONText {
        pieces.dropFirst().reduce(pieces.first ?? "") { $0 + "\n\n" + $1 }
    }

    private mutating func write(_ result: ToolResult) throws(TranslationError) {
        var texts: [JSONText] = []
        var media: [MediaPart] = []
        for part in result.content {
            switch part {
            case .text(let text): texts.append(text.text)
            case .media(let file):
                let (words, file) = try divided(file)
                texts += words
                if let file { media.append(file) }
            case .unknown(let unknown): texts.append(try flattened(unknown))
            case .refusal, .reasoning, .toolCall, .toolResult, .hostedCall: continue
            }
        }
        if !media.isEmpty, !model.takesResultMedia { texts.append("[the result's file follows]") }
        let id = Self.callID(result.callID)
        writer.beginObject()
        writer.key("functionResponse")
        writer.beginObject()
        writer.key("id")
        writer.value(id)
        writer.key("name")
        writer.value(calledNames[id] ?? names.sentName(result.name ?? "unknown"))
        writer.key("response")
        writeResponse(texts, isError: result.isError)
        if !media.isEmpty, model.takesResultMedia {
            writer.key("parts")
            writer.beginArray()
            for file in media { try write(file, signature: nil) }
            writer.endArray()
        }
        writer.endObject()
        writer.endObject()
        if !model.takesResultMedia { for file in media { try write(file, signature: nil) } }
    }

    /// An object in any case: the tool's own when it gave one, else its words under `output` or `error`.
    private mutating func writeResponse(_ texts: [JSONText], isError: Bool) {
        var object: JSONValue?
        if texts.count == 1, texts[0].escaped.first == UInt8(ascii: "{") {
            // What is no JSON is words that begin with a brace.
            object = try? JSONValue(parsing: texts[0].decodedBytes)
        }
        if !isError, let object { return writer.value(object) }
        writer.beginObject()
        writer.key(isError ? "error" : "output")
        if let object { writer.value(object) } else { writer.value(Self.joined(texts)) }
        writer.endObject()
    }
}

extension OpaqueState {
    /// ``itemID`` of a Gemini signature that stood on a text; on a call it is the call's id, on a thought nil.
    static let textPlace: StaticString = "text"
}

extension TranslationContext {
    /// Whether a Gemini target made this signature; for what another model made there is Google's sentinel.
    func canReplaySignature(_ state: OpaqueState?) -> Bool {
        guard let state, state.origin == .gemini, !OpaqueStateEnvelope.isEnvelope(state.payload) else { return false }
        return (state.model == nil || state.model == model) && (state.provider == nil || state.provider == provider)
    }
}
