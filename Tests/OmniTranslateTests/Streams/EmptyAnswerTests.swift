import OmniJSON
import OmniTranslate
import Testing

/// What is an answer with nothing in it, in each dialect, whole and streamed.
@Suite struct EmptyAnswerTests {
    static let empty: [(WireFormat, String)] = [
        (.openAIChat, #"{"choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}"#),
        (
            .openAIChat,
            #"{"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[],"refusal":null},"finish_reason":"tool_calls"}]}"#
        ),
        (.openAIChat, #"{"choices":[]}"#),
        (.openAIResponses, #"{"status":"completed","output":[]}"#),
        (
            .openAIResponses,
            #"{"status":"completed","output":[{"type":"reasoning","summary":[]},{"type":"message","content":[{"type":"output_text","text":""}]}]}"#
        ),
        (.anthropicMessages, #"{"content":[],"stop_reason":"end_turn"}"#),
        (.anthropicMessages, #"{"content":[{"type":"text","text":""}],"stop_reason":"end_turn"}"#),
        (.ollama, #"{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}"#),
        (.ollama, #"{"response":"","done":true}"#),
        (.gemini, #"{"candidates":[{"content":{"role":"model"},"finishReason":"STOP"}]}"#),
        (.gemini, #"{"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP"}]}"#),
    ]

    static let answers: [(WireFormat, String)] = [
        (.openAIChat, #"{"choices":[{"message":{"content":" "},"finish_reason":"stop"}]}"#),
        (.openAIChat, #"{"choices":[{"message":{"content":""},"finish_reason":"length"}]}"#),
        (.openAIChat, #"{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}"#),
        (.openAIChat, #"{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}"#),
        (.openAIChat, #"{"choices":[{"message":{"content":"","reasoning_content":"hm"},"finish_reason":"stop"}]}"#),
        (
            .openAIChat,
            #"{"choices":[{"message":{"content":""},"finish_reason":"stop"},{"message":{"content":"x"},"finish_reason":"stop"}]}"#
        ),
        (.openAIResponses, #"{"status":"incomplete","output":[]}"#),
        (.openAIResponses, #"{"status":"in_progress","output":[]}"#),
        (.openAIResponses, #"{"status":"completed","output":[{"type":"web_search_call","status":"completed"}]}"#),
        (
            .openAIResponses,
            #"{"status":"completed","output":[{"type":"reasoning","summary":[],"encrypted_content":"abc"}]}"#
        ),
        (
            .openAIResponses,
            #"{"status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]}"#
        ),
        (.anthropicMessages, #"{"content":[],"stop_reason":"refusal"}"#),
        (.anthropicMessages, #"{"content":[],"stop_reason":"max_tokens"}"#),
        (.anthropicMessages, #"{"content":[],"stop_reason":"stop_sequence","stop_sequence":"x"}"#),
        (.anthropicMessages, #"{"content":[],"stop_reason":"pause_turn"}"#),
        (.anthropicMessages, #"{"content":[{"type":"server_tool_use","id":"a"}],"stop_reason":"end_turn"}"#),
        (
            .anthropicMessages,
            #"{"content":[{"type":"thinking","thinking":"","signature":"s"}],"stop_reason":"end_turn"}"#
        ),
        (.ollama, #"{"message":{"content":""},"done":true,"done_reason":"length"}"#),
        (.ollama, #"{"response":"","done":true,"done_reason":"load"}"#),
        (.ollama, #"{"message":{"content":"","thinking":"hm"},"done":true}"#),
        (.gemini, #"{"promptFeedback":{"blockReason":"SAFETY"}}"#),
        (.gemini, #"{"candidates":[{"finishReason":"SAFETY"}]}"#),
        (.gemini, #"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]}"#),
    ]

    @Test(arguments: empty)
    func nothingSaidIsEmpty(format: WireFormat, body: String) throws {
        #expect(Translator.isEmptyAnswer(try JSONValue(parsing: Array(body.utf8)), of: format))
    }

    @Test(arguments: answers)
    func whatMeansSomethingIsNot(format: WireFormat, body: String) throws {
        #expect(!Translator.isEmptyAnswer(try JSONValue(parsing: Array(body.utf8)), of: format))
    }

    static let streams: [(WireFormat, String)] = [
        (
            .openAIChat,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
                + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
        ),
        (
            .anthropicMessages,
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1}}}\n\n"
                + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
                + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\"}}\n\n"
                + "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
                + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":1}}\n\n"
                + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
        ),
        (
            .openAIResponses,
            "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"output\":[]}}\n\n"
                + "data: {\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"id\":\"i\",\"type\":\"message\",\"content\":[]}}\n\n"
                + "data: {\"type\":\"response.output_text.done\",\"output_index\":0,\"content_index\":0,\"item_id\":\"i\",\"text\":\"\"}\n\n"
                + "data: {\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"id\":\"i\",\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"\"}]}}\n\n"
                + "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\",\"output\":[{\"id\":\"i\",\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"\"}]}]}}\n\n"
        ),
        (
            .ollama,
            "{\"message\":{\"content\":\"\"},\"done\":false}\n{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n"
        ),
        (.gemini, "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}]},\"finishReason\":\"STOP\"}]}\n\n"),
    ]

    /// However it is cut, nothing is meaningful before the end, and then it is known to be empty.
    @Test(arguments: streams, [0, 1, 7])
    func aWatchedStreamOfNothingIsEmpty(stream: (format: WireFormat, text: String), cut: Int) {
        var monitor = StreamMonitor(format: stream.format, hidesUsageChunk: false)
        var output: [UInt8] = []
        var progress = StreamProgress()
        for piece in Self.pieces(of: stream.text, length: cut) {
            progress = piece.withUnsafeBytes { monitor.push($0, into: &output) }
            #expect(!progress.isMeaningful)
        }
        progress = monitor.finish(into: &output)
        #expect(progress.isEmpty)
        #expect(progress.failure == nil)
        #expect(output == Array(stream.text.utf8))
    }

    @Test(arguments: streams, WireFormat.allCases)
    func aTranslatedStreamOfNothingIsEmpty(stream: (format: WireFormat, text: String), client: WireFormat) {
        guard client != stream.format else { return }
        let context = TranslationContext(model: "m", provider: "p", requestedModel: "m", now: 1)
        var translator = StreamTranslator(from: stream.format, to: client, context: context)
        var output: [UInt8] = []
        _ = Array(stream.text.utf8).withUnsafeBytes { translator.push($0, into: &output) }
        let progress = translator.finish(into: &output)
        #expect(progress.isEmpty)
        #expect(progress.failure == nil)
        #expect(!output.isEmpty)
    }

    @Test func aFilterThatEndsAStreamIsAnAnswer() {
        let text =
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\ndata: [DONE]\n\n"
        var monitor = StreamMonitor(format: .openAIChat, hidesUsageChunk: false)
        var output: [UInt8] = []
        let progress = Array(text.utf8).withUnsafeBytes { monitor.push($0, into: &output) }
        #expect(progress.isMeaningful && progress.isComplete && !progress.isEmpty)
    }

    private static func pieces(of text: String, length: Int) -> [[UInt8]] {
        let bytes = Array(text.utf8)
        guard length > 0 else { return [bytes] }
        return stride(from: 0, to: bytes.count, by: length).map { Array(bytes[$0..<min($0 + length, bytes.count)]) }
    }
}
