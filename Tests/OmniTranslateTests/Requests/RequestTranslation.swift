import Foundation
import OmniJSON
import OmniTranslate

/// A request decoded from one dialect and encoded into another, the way the router does it.
struct RequestTranslation {
    let body: JSONValue
    let encoded: EncodedRequest

    init(
        _ json: String, from origin: WireFormat, to target: WireFormat, model: String, provider: String,
        maxOutput: Int? = nil, isStrict: Bool = false, showsReasoning: Bool = true, apiVersion: String? = nil
    ) throws {
        let request = try Translator.decodeRequest(
            JSONValue(parsing: Array(json.utf8)), from: origin, apiVersion: apiVersion)
        let context = TranslationContext(
            model: model, provider: provider,
            capabilities: .lookup(provider: provider, model: model, maxOutput: maxOutput), isStrict: isStrict,
            showsReasoning: showsReasoning)
        encoded = try Translator.encodeRequest(request, to: target, context: context)
        body = try JSONValue(parsing: encoded.body)
    }

    /// What the report says, as `field:reason`.
    var losses: [String] { encoded.report.losses.map { "\($0.field):\($0.reason)" } }

    /// A top-level member's text; nil when absent.
    func member(_ name: StaticString) -> String? { body[name].map { String(decoding: $0.raw, as: UTF8.self) } }

    /// The members of one message of the body, as text.
    func message(_ index: Int) -> String? {
        body["messages"]?.elements.map { String(decoding: $0.raw, as: UTF8.self) }.dropFirst(index).first
    }

    var messageCount: Int { body["messages"]?.elements.map { $0 }.count ?? 0 }
}

/// An OpenAI Chat request towards Claude.
/// - Parameter fields: the body's members after `model`, without the outer braces.
func chatToAnthropic(
    _ fields: String, model: String = "claude-sonnet-4-6", provider: String = "anthropic", maxOutput: Int? = 8192,
    isStrict: Bool = false, showsReasoning: Bool = true
) throws -> RequestTranslation {
    try RequestTranslation(
        #"{"model":"m",\#(fields)}"#, from: .openAIChat, to: .anthropicMessages, model: model, provider: provider,
        maxOutput: maxOutput, isStrict: isStrict, showsReasoning: showsReasoning)
}

/// An Anthropic request towards an OpenAI Chat endpoint.
/// - Parameter fields: the body's members after `model` and `max_tokens`, without the outer braces.
func anthropicToChat(
    _ fields: String, model: String = "gpt-4o", provider: String = "openai", isStrict: Bool = false
) throws -> RequestTranslation {
    try RequestTranslation(
        #"{"model":"m","max_tokens":100,\#(fields)}"#, from: .anthropicMessages, to: .openAIChat, model: model,
        provider: provider, isStrict: isStrict)
}

/// An Anthropic request towards an Anthropic endpoint that is not served by passing its bytes on.
func anthropicToAnthropic(
    _ fields: String, model: String = "claude-sonnet-4-5", provider: String = "anthropic",
    apiVersion: String? = "2023-06-01"
) throws -> RequestTranslation {
    try RequestTranslation(
        #"{"model":"m","max_tokens":100,\#(fields)}"#, from: .anthropicMessages, to: .anthropicMessages, model: model,
        provider: provider, apiVersion: apiVersion)
}

/// An OpenAI Chat request towards another Chat endpoint that is not served by passing its bytes on.
func chatToChat(
    _ fields: String, model: String = "gpt-4o", provider: String = "openai"
) throws -> RequestTranslation {
    try RequestTranslation(
        #"{"model":"m",\#(fields)}"#, from: .openAIChat, to: .openAIChat, model: model, provider: provider)
}

/// The error a translation ends with; nil when it succeeds.
func translationFailure(_ translate: () throws -> RequestTranslation) -> TranslationError? {
    do {
        _ = try translate()
        return nil
    } catch {
        return error as? TranslationError
    }
}

/// Files of this package, found from this file's own place so that golden files can be rewritten where they are kept.
enum SourceTree {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func sample(_ path: String) throws -> String { try text("Tests/OmniTranslateTests/Samples/\(path)") }
}

/// The words requests in these suites are made of, all written compactly, as the encoders write.
protocol RequestWording {}

extension RequestWording {
    var user: String { #"{"role":"user","content":"hi"}"# }
    var pixel: String {
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    }

    /// A chat assistant's call of a tool named `t`.
    func chatCall(_ id: String, _ arguments: String = "{}") -> String {
        #"{"id":"\#(id)","type":"function","function":{"name":"t","arguments":"\#(arguments)"}}"#
    }

    func chatCalls(_ ids: String...) -> String {
        #"{"role":"assistant","content":null,"tool_calls":[\#(ids.map { chatCall($0) }.joined(separator: ","))]}"#
    }

    func chatResult(_ id: String, _ text: String) -> String {
        #"{"role":"tool","tool_call_id":"\#(id)","content":"\#(text)"}"#
    }

    func use(_ id: String, _ input: String = "{}") -> String {
        #"{"type":"tool_use","id":"\#(id)","name":"t","input":\#(input)}"#
    }

    func turn(_ role: String, _ blocks: String...) -> String {
        #"{"role":"\#(role)","content":[\#(blocks.joined(separator: ","))]}"#
    }

    func text(_ words: String) -> String { #"{"type":"text","text":"\#(words)"}"# }
}
