import OmniJSON

/// What a text most likely is, judged by what stands in it.
public struct DialectDetection: Sendable, Hashable {
    public enum Kind: String, Sendable { case request, answer, stream }

    public var format: WireFormat
    public var kind: Kind
    /// Members and words that speak for it, as they stand in the text.
    public var signs: [String]
    /// Whether something was found that only this dialect has.
    public var isCertain: Bool

    init(_ format: WireFormat, _ kind: Kind, signs: [String], isCertain: Bool = true) {
        self.format = format
        self.kind = kind
        self.signs = signs
        self.isCertain = isCertain
    }

    /// - Parameter bytes: a request, an answer or a recorded stream of any dialect.
    /// - Returns: nil when it looks like none.
    public init?(of bytes: [UInt8]) {
        do throws(JSONError) {
            let value = try JSONValue(parsing: bytes)
            guard let found = Self.whole(value) else { return nil }
            self = found
        } catch {
            guard let found = Self.stream(bytes) else { return nil }
            self = found
        }
    }

    // MARK: Streams

    private static func stream(_ bytes: [UInt8]) -> DialectDetection? {
        bytes.withUnsafeBytes { buffer in
            let first = buffer.first { $0 > 0x20 }
            return first == UInt8(ascii: "{") ? lines(buffer) : events(buffer)
        }
    }

    private static func events(_ bytes: UnsafeRawBufferPointer) -> DialectDetection? {
        var parser = ServerSentEventParser()
        var position = 0
        // The first event may be a comment's or a ping's; one of the next few tells.
        for _ in 0..<16 {
            // An event beyond the parser's bound is none of a dialect.
            let next = try? parser.next(in: bytes, at: &position)
            guard let event = next ?? parser.finish() else { return nil }
            // What is no JSON, such as `[DONE]`, tells nothing.
            if let value = try? JSONValue(parsing: event.data), let found = piece(value) { return found }
        }
        return nil
    }

    private static func lines(_ bytes: UnsafeRawBufferPointer) -> DialectDetection? {
        var parser = NDJSONParser()
        var position = 0
        // As above.
        guard let line = try? parser.next(in: bytes, at: &position), let value = try? JSONValue(parsing: line) else {
            return nil
        }
        return piece(value)
    }

    /// One event of a stream.
    private static func piece(_ value: JSONValue) -> DialectDetection? {
        let type = value["type"]?.string ?? ""
        if type.hasPrefix("response.") { return DialectDetection(.openAIResponses, .stream, signs: [type]) }
        if anthropicEvents.contains(type) { return DialectDetection(.anthropicMessages, .stream, signs: [type]) }
        if value["choices"]?.kind == .array { return DialectDetection(.openAIChat, .stream, signs: ["choices"]) }
        for name in ["candidates", "usageMetadata", "promptFeedback"] where value.has(name) {
            return DialectDetection(.gemini, .stream, signs: [name])
        }
        if value["done"]?.bool != nil { return DialectDetection(.ollama, .stream, signs: ["done"]) }
        return nil
    }

    private static let anthropicEvents: Set<String> = [
        "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
        "message_stop",
    ]

    // MARK: Whole texts

    private static func whole(_ value: JSONValue) -> DialectDetection? {
        if value.kind == .array {
            // A Gemini stream without `alt=sse`.
            return value.elements.first { _ in true }.flatMap(piece)
        }
        guard value.kind == .object else { return nil }
        if let answer = answer(value) { return answer }
        return request(value)
    }

    private static func answer(_ value: JSONValue) -> DialectDetection? {
        if value["choices"]?.kind == .array { return DialectDetection(.openAIChat, .answer, signs: ["choices"]) }
        if value["output"]?.kind == .array { return DialectDetection(.openAIResponses, .answer, signs: ["output"]) }
        if value["candidates"]?.kind == .array { return DialectDetection(.gemini, .answer, signs: ["candidates"]) }
        if value["type"]?.string == "message", value["content"]?.kind == .array {
            return DialectDetection(.anthropicMessages, .answer, signs: ["type", "content"])
        }
        return value["done"]?.bool == nil ? nil : DialectDetection(.ollama, .answer, signs: ["done"])
    }

    private static func request(_ value: JSONValue) -> DialectDetection? {
        let gemini = ["contents", "systemInstruction", "system_instruction", "generationConfig"].filter(value.has)
        if value["contents"] != nil { return DialectDetection(.gemini, .request, signs: gemini) }
        if value["messages"]?.kind == .array { return DialectSigns(value).detection }
        if let input = value["input"], [.string, .array].contains(input.kind) {
            let signs = ["input", "instructions", "max_output_tokens", "text", "previous_response_id"]
            return DialectDetection(.openAIResponses, .request, signs: signs.filter(value.has))
        }
        guard value["prompt"]?.kind == .string else { return nil }
        let ollama = ["options", "keep_alive", "raw", "images", "template", "context"].filter(value.has)
        return ollama.isEmpty
            ? DialectDetection(.openAIChat, .request, signs: ["prompt"], isCertain: value.has("max_tokens"))
            : DialectDetection(.ollama, .request, signs: ollama)
    }
}

extension JSONValue {
    func has(_ name: String) -> Bool { members.contains { $0.name.string == name } }
}
