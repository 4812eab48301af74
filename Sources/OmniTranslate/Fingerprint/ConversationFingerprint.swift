import OmniJSON

/// The conversation of a fingerprint.
///
/// Dialects cut turns differently: what a tool gave back is a message of its own here and a part of one there, and one
/// turn of the model may be several items. So results stand alone, and what the model says on end is one turn.
struct ConversationFingerprint {
    private(set) var writer: FingerprintWriter
    private let origin: WireFormat
    /// Calls by id, in the order they were made.
    private var ordinals: [JSONText: Int] = [:]
    private var callCount = 0
    private var isAmidAnswer = false

    init(_ request: CanonicalRequest) {
        origin = request.origin
        writer = FingerprintWriter(capacity: 1024)
    }

    mutating func write(_ messages: [Message]) {
        for message in messages { write(message) }
    }

    private mutating func write(_ message: Message) {
        var hasBegun = false
        for part in message.parts {
            if case .toolResult(let result) = part {
                write(result)
                hasBegun = false
                continue
            }
            if case .text(let text) = part, text.text.isEmpty { continue }
            if !hasBegun { begin(message) }
            hasBegun = true
            write(part)
        }
    }

    private mutating func begin(_ message: Message) {
        let isAnswer = message.role == .assistant
        let goesOn = isAnswer && isAmidAnswer && message.name == nil && message.vendorFields.isEmpty
        isAmidAnswer = isAnswer
        if goesOn { return }
        switch message.role {
        // OpenAI renamed the one to the other.
        case .system, .developer: writer.mark("<")
        case .user, .tool: writer.mark(">")
        case .assistant: writer.mark("^")
        }
        writer.field("N", message.name)
        writer.fields("F", message.vendorFields, of: origin)
    }

    private mutating func write(_ part: Part) {
        switch part {
        case .text(let text):
            writer.field("T", text.text)
            writer.field("C", text.citations)
            writer.field("P", text.phase)
        case .refusal(let words): writer.field("R", words)
        case .media(let media): write(media)
        case .reasoning(let thought):
            writer.field("H", thought.text)
            write(thought.state)
        case .toolCall(let call): write(call)
        case .toolResult(let result): write(result)
        case .hostedCall(let call): write(call)
        case .unknown(let part): write(part)
        }
    }

    private mutating func write(_ state: OpaqueState?) {
        guard let state else { return }
        writer.field("O", state.payload)
        writer.text(state.kind.rawValue)
        writer.text(state.origin.rawValue)
    }

    private mutating func write(_ call: ToolCall) {
        ordinals[call.id] = callCount
        callCount += 1
        writer.field("K", call.name)
        write(call.arguments, isCustom: call.isCustom)
        writer.field("N", call.namespace)
        write(call.state)
    }

    private mutating func write(_ arguments: ToolArguments, isCustom: Bool) {
        switch arguments {
        case .value(let value): writer.field("j", value)
        case .string(let text) where isCustom: writer.field("x", text)
        case .string(let text):
            let bytes = text.isNoArguments ? Array("{}".utf8) : text.decodedBytes
            // What a model wrote may be no JSON; then its words count.
            if let value = try? JSONValue(parsing: bytes) { writer.field("j", value) } else { writer.field("y", text) }
        }
    }

    private mutating func write(_ result: ToolResult) {
        isAmidAnswer = false
        writer.mark(result.isError ? "E" : "Q")
        if let ordinal = ordinals[result.callID] {
            writer.number(ordinal)
        } else {
            writer.number(-1)
            writer.text(result.callID)
            writer.field("N", result.name)
        }
        writer.number(result.content.count)
        for part in result.content { write(part) }
    }

    private mutating func write(_ media: MediaPart) {
        var type = media.mediaType
        switch media.kind {
        case .image: writer.mark("I")
        case .document: writer.mark("D")
        case .audio: writer.mark("A")
        case .video: writer.mark("V")
        }
        switch media.source {
        case .base64(let mediaType, let data):
            type = mediaType ?? type
            writer.field("6", data)
        case .url(let url): writer.field("u", url)
        case .fileID(let id):
            writer.field("i", id)
            writer.text(origin.rawValue)
        case .text(let text): writer.field("t", text)
        case .blocks(let blocks):
            writer.field("b", blocks)
            writer.text(origin.rawValue)
        }
        writer.field("m", type)
        writer.field("n", media.filename)
        writer.field("h", media.title)
        writer.field("c", media.context)
        writer.field("d", media.detail.flatMap { $0.equals("auto") ? nil : $0 })
        writer.flag("C", media.citationsEnabled == true)
        writer.fields("F", media.vendorFields, of: origin)
    }

    private mutating func write(_ call: HostedCall) {
        writer.mark("W")
        writer.number(call.pieces.count)
        for piece in call.pieces { write(piece) }
        switch call.action {
        case .search(let queries):
            writer.mark("s")
            writer.number(queries.count)
            for query in queries { writer.text(query) }
        case .open(let url): writer.field("o", url)
        case .run(let code, let language):
            writer.field(language == .python ? "p" : "c", code)
        case .server(let label, let tool, let arguments):
            writer.field("m", label)
            writer.text(tool)
            writer.text(arguments)
        }
        guard let outcome = call.outcome else { return }
        writer.field("=", outcome.text)
        writer.flag("!", outcome.isFailure || outcome.hasFailed)
        writer.number(outcome.sources.count)
        for source in outcome.sources { writer.text(source.url) }
    }

    private mutating func write(_ part: UnknownPart) {
        writer.field("U", part.type)
        writer.text(part.origin.rawValue)
        writer.value(part.raw)
    }
}
