import OmniJSON

@testable import OmniTranslate

/// A complete answer translated, with the places tests look at.
struct ResponseTranslation {
    let body: JSONValue
    let usage: Usage?
    let losses: [String]

    /// - Parameter from: the dialect of the answer; the client speaks the other one.
    init(_ answer: String, from upstream: WireFormat, context: TranslationContext = .sample()) throws {
        try self.init(JSONValue(parsing: Array(answer.utf8)), from: upstream, context: context)
    }

    init(_ answer: JSONValue, from upstream: WireFormat, context: TranslationContext = .sample()) throws {
        let client: WireFormat = upstream == .openAIChat ? .anthropicMessages : .openAIChat
        let response = try Translator.translateResponse(answer, from: upstream, to: client, context: context)
        body = try JSONValue(parsing: response.body)
        usage = response.usage
        losses = response.report.losses.map(\.field)
    }

    /// The answer of a chat upstream with one message.
    static func chat(
        message: String, finish: String? = "stop", usage: String? = nil, context: TranslationContext = .sample()
    ) throws -> ResponseTranslation {
        let reason = finish.map { "\"\($0)\"" } ?? "null"
        let counts = usage.map { ",\"usage\":\($0)" } ?? #","usage":{"prompt_tokens":1,"completion_tokens":1}"#
        return try ResponseTranslation(
            #"{"id":"chatcmpl-1","choices":[{"index":0,"message":\#(message),"finish_reason":\#(reason)}]\#(counts)}"#,
            from: .openAIChat, context: context)
    }

    /// The answer of an Anthropic upstream with these blocks.
    static func anthropic(
        content: String, stop: String? = "end_turn", sequence: String? = nil,
        usage: String = #"{"input_tokens":1,"output_tokens":1}"#,
        context: TranslationContext = .sample()
    ) throws -> ResponseTranslation {
        let reason = stop.map { "\"\($0)\"" } ?? "null"
        let value = sequence.map { "\"\($0)\"" } ?? "null"
        return try ResponseTranslation(
            #"{"id":"msg_01","type":"message","role":"assistant","model":"m","content":\#(content),"stop_reason":\#(reason),"stop_sequence":\#(value),"usage":\#(usage)}"#,
            from: .anthropicMessages, context: context)
    }

    /// Anthropic's content blocks.
    var blocks: [JSONValue] { body["content"].map { Array($0.elements) } ?? [] }

    /// Chat's first choice.
    var choice: JSONValue? { body["choices"]?.elements.first { _ in true } }

    var message: JSONValue? { choice?["message"] }
}

extension JSONValue {
    var rawText: String { String(decoding: raw, as: UTF8.self) }
}
