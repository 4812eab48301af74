import Foundation
import OmniJSON

@testable import OmniTranslate

/// The streams and answers under `Samples`, by the name of their dialect's folder.
enum StreamSample {
    static func bytes(_ name: String, of format: WireFormat) throws -> [UInt8] {
        let url = Bundle.module.bundleURL.appendingPathComponent("Samples/\(format.rawValue)/\(name)")
        return Array(try Data(contentsOf: url))
    }

    static func json(_ name: String, of format: WireFormat) throws -> JSONValue {
        try JSONValue(parsing: bytes(name, of: format))
    }

    /// A chat stream of these chunks; `id`, `model` and the like are added, `[DONE]` is not.
    static func chat(_ chunks: String...) -> String {
        chunks.map { "data: {\"id\":\"chatcmpl-1\",\"created\":1790000000,\"model\":\"m\",\($0)}\n\n" }.joined()
    }

    /// A chat chunk with one choice: its delta, and its finish when given.
    static func delta(_ delta: String, finish: String? = nil, choice: Int = 0) -> String {
        "\"choices\":[{\"index\":\(choice),\"delta\":\(delta),\"finish_reason\":\(finish.map { "\"\($0)\"" } ?? "null")}]"
    }

    /// A chat chunk with one fragment of a tool call.
    static func call(_ call: String, finish: String? = nil) -> String {
        delta("{\"tool_calls\":[\(call)]}", finish: finish)
    }

    static let done = "data: [DONE]\n\n"

    /// An Anthropic stream of these events, named by their type.
    static func anthropic(_ events: String...) -> String {
        events.map { event in
            let type = (try? JSONValue(parsing: Array(event.utf8)))?["type"]?.string ?? "unknown"
            return "event: \(type)\ndata: \(event)\n\n"
        }.joined()
    }

    static let messageStart =
        #"{"type":"message_start","message":{"id":"msg_01","model":"m","content":[],"usage":{"input_tokens":8,"output_tokens":1}}}"#
    static let messageStop = #"{"type":"message_stop"}"#

    static func blockStart(_ index: Int, _ block: String) -> String {
        #"{"type":"content_block_start","index":\#(index),"content_block":\#(block)}"#
    }

    static func blockDelta(_ index: Int, _ delta: String) -> String {
        #"{"type":"content_block_delta","index":\#(index),"delta":\#(delta)}"#
    }

    static func blockStop(_ index: Int) -> String { #"{"type":"content_block_stop","index":\#(index)}"# }

    static func messageDelta(_ reason: String?, usage: String = #"{"output_tokens":2}"#) -> String {
        let reason = reason.map { "\"\($0)\"" } ?? "null"
        return #"{"type":"message_delta","delta":{"stop_reason":\#(reason),"stop_sequence":null},"usage":\#(usage)}"#
    }

    static func textBlock(_ index: Int, _ text: String) -> [String] {
        [
            blockStart(index, #"{"type":"text","text":""}"#),
            blockDelta(index, #"{"type":"text_delta","text":"\#(text)"}"#),
            blockStop(index),
        ]
    }
}

extension TranslationContext {
    /// A context whose names are told apart: the client's, the upstream's, the provider's.
    static func sample(
        includesStreamUsage: Bool = false, endsStreamsWithDone: Bool = false, showsReasoning: Bool = true
    ) -> TranslationContext {
        var capabilities = ModelCapabilities()
        capabilities.endsStreamsWithDone = endsStreamsWithDone
        return TranslationContext(
            model: "upstream-model", provider: "acme", capabilities: capabilities, showsReasoning: showsReasoning,
            requestedModel: "client/model", now: 1_790_000_100, includesStreamUsage: includesStreamUsage)
    }
}
