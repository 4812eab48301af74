import Foundation
import OmniJSON

@testable import OmniTranslate

/// A Responses request towards another dialect.
/// - Parameter fields: the body's members after `model`, without the outer braces.
func responses(
    _ fields: String, to target: WireFormat, model: String? = nil, provider: String? = nil, isStrict: Bool = false
) throws -> RequestTranslation {
    let model = model ?? (target == .anthropicMessages ? "claude-sonnet-4-6" : "gpt-4o")
    return try RequestTranslation(
        #"{"model":"m",\#(fields)}"#, from: .openAIResponses, to: target, model: model,
        provider: provider ?? (target == .anthropicMessages ? "anthropic" : "openai"), maxOutput: 8192,
        isStrict: isStrict)
}

/// A request of another dialect towards a Responses endpoint.
/// - Parameter fields: the body's members after `model` (and Anthropic's `max_tokens`), without the outer braces.
func toResponses(
    _ fields: String, from origin: WireFormat, model: String = "gpt-4o", provider: String = "openai",
    isStrict: Bool = false
) throws -> RequestTranslation {
    let head = origin == .anthropicMessages ? #""model":"m","max_tokens":100"# : #""model":"m""#
    return try RequestTranslation(
        "{\(head),\(fields)}", from: origin, to: .openAIResponses, model: model, provider: provider,
        isStrict: isStrict)
}

extension RequestTranslation {
    /// The items of `input`, compactly.
    var items: [String] { body["input"]?.elements.map(\.rawText) ?? [] }
}

/// A complete answer translated between any two dialects.
func translated(
    _ answer: String, from upstream: WireFormat, to client: WireFormat, context: TranslationContext = .sample()
) throws -> (body: JSONValue, usage: Usage?, losses: [String]) {
    let response = try Translator.translateResponse(
        JSONValue(parsing: Array(answer.utf8)), from: upstream, to: client, context: context)
    return (try JSONValue(parsing: response.body), response.usage, response.report.losses.map(\.field))
}

/// A stream pushed through a translator between any two dialects and closed.
struct PairRun {
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
            _ = bytes[start..<cut].withUnsafeBytes { translator.push($0, into: &output) }
            start = cut
        }
        progress = translator.finish(into: &output)
        self.output = output
        usage = translator.usage
        report = translator.report
    }

    init(
        _ input: String, from upstream: WireFormat, to client: WireFormat,
        context: TranslationContext = .sample(includesStreamUsage: true)
    ) {
        self.init(Array(input.utf8), from: upstream, to: client, context: context)
    }

    /// What an encoder wrote by itself.
    init(written output: [UInt8]) {
        self.output = output
        progress = StreamProgress()
        usage = nil
        report = TranslationReport()
    }

    var text: String { String(decoding: output, as: UTF8.self) }
    var losses: [String] { report.losses.map(\.field) }
    var events: [(name: String, data: String)] { StreamRun.events(in: output) }

    /// The parsed data of the events of one name; of all events for nil.
    func data(_ name: String? = nil) throws -> [JSONValue] {
        try events.filter { (name == nil || $0.name == name) && $0.data != "[DONE]" }.map {
            try JSONValue(parsing: Array($0.data.utf8))
        }
    }
}

/// Made-up Responses streams.
enum ResponsesStream {
    /// A stream of these events, numbered and named by their type; the members are written without braces.
    static func events(_ events: String...) -> String { frames(events) }

    static func frames(_ events: [String]) -> String {
        events.enumerated().map { number, event in
            let body = "{\(event),\"sequence_number\":\(number)}"
            let type = (try? JSONValue(parsing: Array(body.utf8)))?["type"]?.string ?? "unknown"
            return "event: \(type)\ndata: \(body)\n\n"
        }.joined()
    }

    static let created =
        #""type":"response.created","response":{"id":"resp_1","object":"response","created_at":1790000000,"status":"in_progress","model":"m","output":[]}"#

    static func added(_ index: Int, _ item: String) -> String {
        #""type":"response.output_item.added","output_index":\#(index),"item":\#(item)"#
    }

    static func done(_ index: Int, _ item: String) -> String {
        #""type":"response.output_item.done","output_index":\#(index),"item":\#(item)"#
    }

    static func delta(_ type: String, _ index: Int, _ text: String, part: Int = 0) -> String {
        let place = type.contains("summary") ? "summary_index" : "content_index"
        return
            #""type":"response.\#(type).delta","output_index":\#(index),"\#(place)":\#(part),"delta":"\#(text)""#
    }

    static func completed(_ output: String = "", status: String = "completed", reason: String? = nil) -> String {
        let details = reason.map { #"{"reason":"\#($0)"}"# } ?? "null"
        return
            #""type":"response.\#(status)","response":{"id":"resp_1","status":"\#(status)","incomplete_details":\#(details),"output":[\#(output)],"usage":{"input_tokens":5,"output_tokens":3}}"#
    }

    static func message(_ text: String) -> String {
        #"{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"\#(text)","annotations":[]}]}"#
    }

    static func call(_ id: String, _ arguments: String) -> String {
        #"{"type":"function_call","id":"fc_\#(id)","call_id":"\#(id)","name":"t","arguments":"\#(arguments)"}"#
    }
}
