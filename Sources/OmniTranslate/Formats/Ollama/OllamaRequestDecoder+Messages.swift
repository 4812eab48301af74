import OmniJSON

extension OllamaRequestDecoder {
    private static let knownOfAssistant: [StaticString] = [
        "role", "content", "thinking", "images", "tool_calls", "tool_name", "tool_call_id", "name",
    ]

    static func messages(_ fields: FieldReader) throws(TranslationError) -> [Message] {
        var calls = OllamaCallMatcher()
        var messages: [Message] = []
        for (index, message) in (try fields.objects("messages")).enumerated() {
            messages.append(try self.message(message, at: index, calls: &calls))
        }
        guard !messages.isEmpty else {
            throw TranslationError(.invalid, "must not be empty: nothing is loaded here", at: "messages")
        }
        return messages
    }

    /// `/api/generate`: an instruction and one turn of the user.
    static func generateMessages(_ fields: FieldReader) throws(TranslationError) -> [Message] {
        if try fields.bool("raw") == true {
            throw TranslationError(.unsupported, "a prompt can only be sent as a message", at: "raw")
        }
        for name in ["template", "suffix"] as [StaticString] where try fields.text(name)?.isEmpty == false {
            throw TranslationError(.unsupported, "a prompt can only be sent as a message", at: "\(name)")
        }
        if let context = try fields.array("context"), context.hasElements {
            throw TranslationError(
                .unsupported, "earlier tokens mean nothing to this model; send messages instead", at: "context")
        }
        var messages: [Message] = []
        if let system = try fields.text("system"), !system.isEmpty {
            messages.append(Message(role: .system, parts: [.text(TextPart(system))]))
        }
        let parts = try images(fields) + [.text(TextPart(try fields.requiredText("prompt")))]
        messages.append(Message(role: .user, parts: parts))
        return messages
    }

    private static func message(
        _ message: FieldReader, at index: Int, calls: inout OllamaCallMatcher
    ) throws(TranslationError) -> Message {
        switch try message.requiredText("role").string.lowercased() {
        case "system", "developer":
            calls.settle()
            return Message(role: .system, parts: try content(message))
        case "user":
            calls.settle()
            return Message(role: .user, parts: try images(message) + content(message))
        case "assistant":
            var parts: [Part] = []
            if let text = try message.text("thinking"), !text.isEmpty {
                parts.append(.reasoning(ReasoningPart(text: text)))
            }
            parts += try content(message)
            parts += try images(message)
            for (ordinal, call) in (try message.objects("tool_calls")).enumerated() {
                parts.append(.toolCall(try toolCall(call, message: index, ordinal: ordinal, calls: &calls)))
            }
            var turn = Message(role: .assistant, parts: parts)
            turn.vendorFields = message.further(than: knownOfAssistant)
            return turn
        case "tool":
            // Older clients say `name`.
            let name = try message.text("tool_name", or: "name").flatMap { $0.isEmpty ? nil : $0 }
            let given = try message.text("tool_call_id").flatMap { $0.isEmpty ? nil : $0 }
            let id = calls.answer(id: given, name: name)
            let parts = try content(message) + images(message)
            return Message(role: .tool, parts: [.toolResult(ToolResult(callID: id, name: name, content: parts))])
        default:
            throw TranslationError(.invalid, "must be system, user, assistant or tool", at: message.at("role"))
        }
    }

    private static func toolCall(
        _ call: FieldReader, message: Int, ordinal: Int, calls: inout OllamaCallMatcher
    ) throws(TranslationError) -> ToolCall {
        guard let function = try call.reader("function") else {
            throw TranslationError(.invalid, "field required", at: call.at("function"))
        }
        let name = try function.requiredText("name")
        let given = try call.text("id").flatMap { $0.isEmpty ? nil : $0 }
        let arguments: ToolArguments
        switch function.value("arguments") {
        case nil: arguments = .string("{}")
        case let value? where value.kind == .object: arguments = .value(value)
        // Clients that come from OpenAI's dialect send the text of an object.
        case let value?:
            guard let text = value.text else {
                throw TranslationError(.invalid, "must be an object", at: function.at("arguments"))
            }
            arguments = .string(text.isBlank ? "{}" : text)
        }
        // Made from the place in the conversation, which stays the same as the conversation grows.
        let id = given ?? StableID.text("call_", name.escaped, salt: message << 16 | ordinal)
        calls.call(id: id, name: name, isGenerated: given == nil)
        return ToolCall(id: id, name: name, arguments: arguments)
    }

    // MARK: Content

    /// A string; the arrays of OpenAI's dialect, which Ollama itself refuses, are understood too.
    private static func content(_ message: FieldReader) throws(TranslationError) -> [Part] {
        guard let value = message.value("content") else { return [] }
        if let text = value.text { return text.isEmpty ? [] : [.text(TextPart(text))] }
        guard value.kind == .array else {
            throw TranslationError(.invalid, "must be a string", at: message.at("content"))
        }
        var parts: [Part] = []
        for part in try message.objects("content") {
            switch try part.requiredText("type").string {
            case "text": parts.append(.text(TextPart(try part.requiredText("text"))))
            case "image_url":
                guard let url = try part.reader("image_url")?.text("url") else {
                    throw TranslationError(.invalid, "field required", at: part.at("image_url.url"))
                }
                parts.append(.media(MediaPart(kind: .image, source: DataURL.source(url))))
            default: throw TranslationError(.invalid, "must be text or image_url", at: part.at("type"))
            }
        }
        return parts
    }

    /// Base64 without a type, which its first bytes tell; some clients leave the prefix of a data URL before it.
    private static func images(_ fields: FieldReader) throws(TranslationError) -> [Part] {
        guard let images = try fields.array("images") else { return [] }
        var parts: [Part] = []
        for (index, image) in images.elements.enumerated() {
            guard let text = image.text, !text.isEmpty else {
                throw TranslationError(.invalid, "must be base64 data", at: "\(fields.at("images"))[\(index)]")
            }
            var source = DataURL.source(text, assuming: "")
            if case .base64(let declared, let data) = source {
                let known = declared.flatMap { $0.isEmpty ? nil : $0 }
                source = .base64(mediaType: ImageType.mediaType(data, declared: known), data: data)
            }
            parts.append(.media(MediaPart(kind: .image, source: source)))
        }
        return parts
    }
}

/// Finds the call a result belongs to, in a dialect where both may lack an id.
struct OllamaCallMatcher {
    private struct Pending {
        let id: JSONText
        let name: JSONText
        let isGenerated: Bool
    }

    private var pending: [Pending] = []
    /// Whether nobody has spoken since the last call; then further calls are parallel to it, even in a turn of their own.
    private var isCalling = false
    private var orphanCount = 0

    init() {}

    mutating func call(id: JSONText, name: JSONText, isGenerated: Bool) {
        if !isCalling { pending = [] }
        isCalling = true
        pending.append(Pending(id: id, name: name, isGenerated: isGenerated))
    }

    /// Somebody else speaks.
    mutating func settle() { isCalling = false }

    /// - Returns: the id of the call answered: the one named, else the first of that tool, else the first. A result
    ///   that answers nothing gets an id no call has.
    mutating func answer(id: JSONText?, name: JSONText?) -> JSONText {
        isCalling = false
        var found: Int?
        if let id { found = pending.firstIndex { $0.id == id } }
        if found == nil {
            // An id that no call has may be the client's own for a call it kept without one.
            let isOpen = { (call: Pending) in id == nil || call.isGenerated }
            found = pending.firstIndex { isOpen($0) && (name == nil || $0.name == name) }
        }
        if let found { return pending.remove(at: found).id }
        orphanCount += 1
        return id ?? StableID.text("call_", name?.escaped ?? [], salt: -orphanCount)
    }
}
