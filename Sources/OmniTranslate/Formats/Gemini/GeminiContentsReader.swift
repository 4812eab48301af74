import OmniJSON

/// Reads `contents` into turns, and finds out which answer belongs to which call: ids are optional here.
struct GeminiContentsReader {
    private struct Call {
        var id: JSONText
        var name: JSONText
        var isAnswered = false
    }

    private(set) var messages: [Message] = []
    /// The calls of the model's last turns that may still be answered.
    private var calls: [Call] = []
    private var callCount = 0

    mutating func add(_ content: FieldReader) throws(TranslationError) {
        let role = try content.text("role") ?? "user"
        switch role.string {
        case "user", "function", "": try addUser(content)
        case "model": try addModel(content)
        // Google refuses it; clients of other dialects write it nevertheless.
        case "system":
            var parts: [Part] = []
            for part in try content.list("parts") { if let part = try self.part(part) { parts.append(part) } }
            messages.append(Message(role: .system, parts: parts))
        default: throw TranslationError(.invalid, "must be user or model", at: content.at("role"))
        }
    }

    /// Answers to calls become a turn of their own, before the rest, which is where every dialect wants them.
    private mutating func addUser(_ content: FieldReader) throws(TranslationError) {
        var results: [Part] = []
        var rest: [Part] = []
        for part in try content.list("parts") {
            if let response = try part.reader("functionResponse") {
                results.append(.toolResult(try result(response)))
            } else if let part = try self.part(part) {
                rest.append(part)
            }
        }
        if !results.isEmpty { messages.append(Message(role: .tool, parts: results)) }
        if !rest.isEmpty || results.isEmpty { messages.append(Message(role: .user, parts: rest)) }
    }

    private mutating func addModel(_ content: FieldReader) throws(TranslationError) {
        if messages.last?.role != .assistant { calls.removeAll { $0.isAnswered } }
        var parts: [Part] = []
        for part in try content.list("parts") {
            guard let call = try part.reader("functionCall") else {
                if let read = try self.part(part) { Self.append(read, to: &parts) }
                if let state = try textSignature(part) { parts.append(.reasoning(state)) }
                continue
            }
            let name = try call.requiredText("name")
            callCount += 1
            let id = try call.text("id").flatMap { $0.isEmpty ? nil : $0 } ?? Self.id(of: call.object, at: callCount)
            calls.append(Call(id: id, name: name))
            var made = ToolCall(
                id: id, name: name, arguments: try call.reader("args").map { .value($0.object) } ?? .string(.empty))
            if let state = try state(of: part, at: id) {
                if state.origin == .gemini {
                    made.state = state
                } else {
                    // Our envelope of another vendor's thought, which stood before the call.
                    parts.append(.reasoning(ReasoningPart(text: .empty, state: state)))
                }
            }
            parts.append(.toolCall(made))
        }
        messages.append(Message(role: .assistant, parts: GeminiHostedCalls.paired(parts)))
    }

    /// Adds a part; our envelope of another vendor's thought goes to the words it came behind in a stream.
    private static func append(_ part: Part, to parts: inout [Part]) {
        if case .reasoning(let thought) = part, let state = thought.state, state.origin != .gemini,
            state.kind != .redacted, case .reasoning(var last) = parts.last, last.state == nil
        {
            // What arrived in pieces is one thought.
            while parts.count > 1, case .reasoning(let before) = parts[parts.count - 2], before.state == nil {
                last.text = before.text + last.text
                parts.remove(at: parts.count - 2)
            }
            parts[parts.count - 1] = .reasoning(ReasoningPart(text: last.text + thought.text, state: state))
        } else {
            parts.append(part)
        }
    }

    /// What a call without an id is known by: its place and its contents, both of which stay as a conversation grows.
    private static func id(of call: JSONValue, at count: Int) -> JSONText {
        StableID.text("call_", call.raw, salt: count)
    }

    // MARK: Parts

    private func part(_ part: FieldReader) throws(TranslationError) -> Part? {
        let isThought = try part.bool("thought") ?? false
        if let text = try part.text("text") {
            guard isThought else { return .text(TextPart(text)) }
            return .reasoning(ReasoningPart(text: text, state: try state(of: part, at: nil)))
        }
        if let media = GeminiMedia.decode(part.object) { return .media(media) }
        for member in part.object.members where !member.value.isNull {
            let isModifier =
                GeminiPart.isModifier(member.name) || member.isGemini("thoughtSignature")
                || member.isNamed("thought")
            guard !isModifier else { continue }
            if member.isGemini("inlineData") || member.isGemini("fileData") {
                throw TranslationError(.invalid, "holds no data", at: part.path)
            }
            return .unknown(UnknownPart(type: member.name, origin: .gemini, raw: part.object))
        }
        if isThought, let state = try state(of: part, at: nil) {
            return .reasoning(ReasoningPart(text: .empty, state: state))
        }
        return nil
    }

    /// A signature on a visible text, as a wordless thought behind it.
    private func textSignature(_ part: FieldReader) throws(TranslationError) -> ReasoningPart? {
        let isPlain = try part.bool("thought") != true
        guard isPlain, part.value("text") != nil || part.isBare,
            let state = try state(of: part, at: JSONText("\(OpaqueState.textPlace)"))
        else { return nil }
        return ReasoningPart(text: .empty, state: state)
    }

    /// - Returns: nil for none and for a damaged envelope of our own.
    private func state(of part: FieldReader, at place: JSONText?) throws(TranslationError) -> OpaqueState? {
        guard let token = try part.text("thoughtSignature"), !token.isEmpty,
            !token.equals("skip_thought_signature_validator")
        else { return nil }
        if let bytes = Base64.decode(token.decodedBytes) {
            let inner = JSONText(escaping: bytes)
            if OpaqueStateEnvelope.isEnvelope(inner) { return OpaqueStateEnvelope.unwrap(inner) }
        }
        return OpaqueState(kind: .thoughtSignature, origin: .gemini, itemID: place, payload: token)
    }

    // MARK: Answers

    private mutating func result(_ response: FieldReader) throws(TranslationError) -> ToolResult {
        let name = try response.text("name")
        let id = try response.text("id").flatMap { $0.isEmpty ? nil : $0 }
        var parts: [Part] = []
        var isError = false
        if let value = response.value("response") {
            let content = Self.content(of: value)
            isError = content.isError
            parts.append(.text(TextPart(content.text)))
        }
        for part in try response.list("parts") {
            if let media = GeminiMedia.decode(part.object) { parts.append(.media(media)) }
        }
        let call = takeCall(id: id, name: name)
        return ToolResult(
            callID: call?.id ?? id ?? name ?? "unknown", name: name ?? call?.name, content: parts, isError: isError)
    }

    /// The call an answer is for: of this id, else the first open one of this name, else the first open one at all.
    private mutating func takeCall(id: JSONText?, name: JSONText?) -> Call? {
        let open = calls.indices.filter { !calls[$0].isAnswered }
        let index =
            id.flatMap { id in open.first { calls[$0].id == id } }
            ?? name.flatMap { name in open.first { calls[$0].name == name } }
            ?? (id == nil && name == nil ? open.first : nil)
        guard let index else { return nil }
        calls[index].isAnswered = true
        return calls[index]
    }

    /// The words of an answer: under one of the usual names, else the whole object as JSON text.
    private static func content(of value: JSONValue) -> (text: JSONText, isError: Bool) {
        if let text = value.text { return (text, false) }
        let members = Array(value.members)
        if members.count == 1 {
            let only = members[0]
            if only.name.equals("error") { return (only.value.text ?? JSONText(escaping: only.value.raw), true) }
            let isUsual = only.name.equals("output") || only.name.equals("result") || only.name.equals("content")
            if isUsual, let text = only.value.text { return (text, false) }
        }
        return (JSONText(escaping: value.raw), false)
    }
}

extension FieldReader {
    /// Whether nothing but a signature is in a part.
    fileprivate var isBare: Bool {
        object.members.allSatisfy { $0.value.isNull || $0.isGemini("thoughtSignature") }
    }
}
