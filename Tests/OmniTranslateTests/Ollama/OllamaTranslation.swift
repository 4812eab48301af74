import Foundation
import OmniJSON

@testable import OmniTranslate

/// Requests, answers and streams with Ollama on one side, as the suites of this folder need them.
enum OllamaTranslation {
    static let others: [WireFormat] = [.openAIChat, .anthropicMessages]

    /// A request of another dialect towards Ollama.
    /// - Parameter fields: the body's members after `model` (and Anthropic's `max_tokens`), without the outer braces.
    static func request(
        _ fields: String, from origin: WireFormat = .openAIChat, model: String = "qwen3:8b", isStrict: Bool = false
    ) throws -> RequestTranslation {
        let limit = origin == .anthropicMessages ? #""max_tokens":100,"# : ""
        return try RequestTranslation(
            #"{"model":"m",\#(limit)\#(fields)}"#, from: origin, to: .ollama, model: model, provider: "ollama",
            isStrict: isStrict)
    }

    /// A request of an Ollama client.
    static func clientRequest(
        _ fields: String, to target: WireFormat, model: String? = nil, provider: String? = nil, isStrict: Bool = false
    ) throws -> RequestTranslation {
        let isChat = target == .openAIChat
        return try RequestTranslation(
            #"{"model":"m",\#(fields)}"#, from: .ollama, to: target,
            model: model ?? (isChat ? "gpt-4o" : target == .ollama ? "qwen3" : "claude-sonnet-4-6"),
            provider: provider ?? (isChat ? "openai" : target == .ollama ? "ollama" : "anthropic"),
            maxOutput: 8192, isStrict: isStrict)
    }

    /// What the decoder makes of an Ollama client's request.
    static func decoded(_ fields: String) throws -> CanonicalRequest {
        try Translator.decodeRequest(JSONValue(parsing: Array(#"{"model":"m",\#(fields)}"#.utf8)), from: .ollama)
    }

    static func response(
        _ answer: String, from upstream: WireFormat, to client: WireFormat, context: TranslationContext = .sample()
    ) throws -> (body: JSONValue, encoded: EncodedResponse) {
        let encoded = try Translator.translateResponse(
            JSONValue(parsing: Array(answer.utf8)), from: upstream, to: client, context: context)
        return (try JSONValue(parsing: encoded.body), encoded)
    }
}

/// What came out of a stream with Ollama on one side.
struct OllamaStreamRun {
    let output: [UInt8]
    let progress: StreamProgress
    let usage: Usage?
    let losses: [String]

    /// - Parameter size: how many bytes each piece has.
    init(
        _ input: some Sequence<UInt8>, from upstream: WireFormat, to client: WireFormat,
        context: TranslationContext = .sample(includesStreamUsage: true), pieces size: Int = .max
    ) {
        var translator = StreamTranslator(from: upstream, to: client, context: context)
        var output: [UInt8] = []
        let bytes = Array(input)
        for start in stride(from: 0, to: bytes.count, by: min(size, max(1, bytes.count))) {
            _ = bytes[start..<min(bytes.count, start + min(size, bytes.count))].withUnsafeBytes {
                translator.push($0, into: &output)
            }
        }
        progress = translator.finish(into: &output)
        self.output = output
        usage = translator.usage
        losses = translator.report.losses.map(\.field)
    }

    init(
        lines: [String], to client: WireFormat, context: TranslationContext = .sample(includesStreamUsage: true)
    ) {
        self.init(lines.joined(separator: "\n").utf8, from: .ollama, to: client, context: context)
    }

    var text: String { String(decoding: output, as: UTF8.self) }

    /// The output's lines, parsed, when the client speaks Ollama.
    var lines: [JSONValue] { Self.lines(in: output) }

    /// How many ends and errors there are; a good stream has exactly one.
    func endCount(as client: WireFormat) -> Int { Self.endCount(in: output, as: client) }

    static func endCount(in output: [UInt8], as client: WireFormat) -> Int {
        client == .ollama
            ? lines(in: output).count { $0["done"]?.bool == true || $0["error"] != nil }
            : StreamRun.events(in: output).count { event in
                event.data == "[DONE]" || event.name == "message_stop" || event.name == "error"
                    || (try? JSONValue(parsing: Array(event.data.utf8)))?.present("error") != nil
            }
    }

    private static func lines(in output: [UInt8]) -> [JSONValue] {
        String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap {
            try? JSONValue(parsing: Array($0.utf8))
        }
    }
}

/// Lines of an Ollama stream.
enum OllamaLines {
    static func message(_ members: String) -> String {
        #"{"model":"m","created_at":"2026-09-21T10:00:00.123456789Z","message":{"role":"assistant",\#(members)},"done":false}"#
    }

    static func text(_ text: String) -> String { message(#""content":"\#(text)""#) }

    static func thinking(_ text: String) -> String { message(#""content":"","thinking":"\#(text)""#) }

    static func calls(_ calls: String...) -> String {
        message(#""content":"","tool_calls":[\#(calls.joined(separator: ","))]"#)
    }

    static func call(_ name: String, _ arguments: String = "{}", id: String? = nil) -> String {
        let id = id.map { #""id":"\#($0)","# } ?? ""
        return #"{\#(id)"function":{"name":"\#(name)","arguments":\#(arguments)}}"#
    }

    static func done(_ reason: String? = "stop", counts: String = #","prompt_eval_count":8,"eval_count":2"#) -> String {
        let reason = reason.map { #","done_reason":"\#($0)""# } ?? ""
        return
            #"{"model":"m","created_at":"2026-09-21T10:00:01Z","message":{"role":"assistant","content":""},"done":true\#(reason)\#(counts)}"#
    }
}
