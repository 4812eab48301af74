import Foundation
import OmniJSON

@testable import OmniTranslate

/// A request decoded from one dialect and encoded into another, with Gemini on one side or both.
struct GeminiRequestTranslation {
    let body: JSONValue
    let encoded: EncodedRequest

    init(
        _ json: String, from origin: WireFormat, to target: WireFormat, model: String, provider: String,
        isStrict: Bool = false, isStreaming: Bool = false, showsReasoning: Bool = true
    ) throws {
        let request = try Translator.decodeRequest(
            JSONValue(parsing: Array(json.utf8)), from: origin,
            apiVersion: origin == .anthropicMessages ? "2026-10-21" : nil,
            pathModel: origin == .gemini ? "client-model" : nil, isStreaming: isStreaming)
        let context = TranslationContext(
            model: model, provider: provider,
            capabilities: .lookup(provider: provider, model: model, maxOutput: 64000), isStrict: isStrict,
            showsReasoning: showsReasoning)
        encoded = try Translator.encodeRequest(request, to: target, context: context)
        body = try JSONValue(parsing: encoded.body)
    }

    var losses: [String] { encoded.report.losses.map { "\($0.field):\($0.reason)" } }

    /// A member at a path such as `contents.0.parts.1`, as text; nil when absent.
    func text(_ path: String) -> String? { body.value(at: path)?.rawText }

    /// The parts of one content as text.
    func parts(_ content: Int) -> [String] {
        body.value(at: "contents.\(content).parts").map { $0.elements.map(\.rawText) } ?? []
    }

    var roles: [String] { body["contents"]?.elements.compactMap { $0["role"]?.string } ?? [] }
}

/// An OpenAI Chat request towards Gemini.
/// - Parameter fields: the body's members after `model`, without the outer braces.
func chatToGemini(
    _ fields: String, model: String = "gemini-3-flash-preview", provider: String = "gemini", isStrict: Bool = false
) throws -> GeminiRequestTranslation {
    try GeminiRequestTranslation(
        #"{"model":"m",\#(fields)}"#, from: .openAIChat, to: .gemini, model: model, provider: provider,
        isStrict: isStrict)
}

/// An Anthropic request towards Gemini.
func anthropicToGemini(
    _ fields: String, model: String = "gemini-3-flash-preview", provider: String = "gemini", isStrict: Bool = false
) throws -> GeminiRequestTranslation {
    try GeminiRequestTranslation(
        #"{"model":"m","max_tokens":100,\#(fields)}"#, from: .anthropicMessages, to: .gemini, model: model,
        provider: provider, isStrict: isStrict)
}

/// A Gemini request towards another dialect, or towards Gemini when it is not served by passing its bytes on.
func geminiTo(
    _ target: WireFormat, _ fields: String, model: String? = nil, provider: String? = nil, isStrict: Bool = false
) throws -> GeminiRequestTranslation {
    let (usualModel, usualProvider) =
        switch target {
        case .openAIChat: ("gpt-4o", "openai")
        case .anthropicMessages: ("claude-sonnet-4-6", "anthropic")
        default: ("gemini-3-flash-preview", "gemini")
        }
    return try GeminiRequestTranslation(
        "{\(fields)}", from: .gemini, to: target, model: model ?? usualModel, provider: provider ?? usualProvider,
        isStrict: isStrict)
}

/// The error a translation ends with; nil when it succeeds.
func geminiFailure(_ translate: () throws -> GeminiRequestTranslation) -> TranslationError? {
    do {
        _ = try translate()
        return nil
    } catch {
        return error as? TranslationError
    }
}

/// A stream pushed through the translator, with Gemini on one side.
struct GeminiStreamRun {
    let output: [UInt8]
    let progress: StreamProgress
    let usage: Usage?
    let report: TranslationReport

    init(
        _ input: some Sequence<UInt8>, from upstream: WireFormat, to client: WireFormat,
        context: TranslationContext = .sample(includesStreamUsage: true), cuts: [Int] = []
    ) {
        var translator = StreamTranslator(from: upstream, to: client, context: context)
        var output: [UInt8] = []
        let bytes = Array(input)
        var start = 0
        for cut in cuts + [bytes.count] {
            bytes[start..<cut].withUnsafeBytes { _ = translator.push($0, into: &output) }
            start = cut
        }
        progress = translator.finish(into: &output)
        self.output = output
        usage = translator.usage
        report = translator.report
    }

    var text: String { String(decoding: output, as: UTF8.self) }

    var losses: [String] { report.losses.map { "\($0.field):\($0.reason)" } }

    /// The objects a Gemini client reads, from either framing.
    var objects: [JSONValue] {
        if output.first == UInt8(ascii: "[") {
            return (try? JSONValue(parsing: output)).map { Array($0.elements) } ?? []
        }
        return StreamRun.events(in: output).compactMap { try? JSONValue(parsing: Array($0.data.utf8)) }
    }

    /// The data of events, for clients of the other dialects.
    var events: [(name: String, data: String)] { StreamRun.events(in: output) }
}

extension TranslationContext {
    static func arrayFraming() -> TranslationContext {
        var context = TranslationContext.sample()
        context.usesArrayFraming = true
        return context
    }
}

extension JSONValue {
    /// The value at a path of names and positions, such as `candidates.0.content`; nil when absent.
    func value(at path: String) -> JSONValue? {
        var value = self
        for step in path.split(separator: ".") {
            let next: JSONValue? =
                if let index = Int(step), value.kind == .array {
                    value.elements.enumerated().first { $0.offset == index }?.element
                } else {
                    value.members.first { $0.name.string == step }?.value
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }
}
