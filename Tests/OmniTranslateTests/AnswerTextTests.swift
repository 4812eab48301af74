import OmniJSON
import Testing

@testable import OmniTranslate

/// How much an answer says, where nobody counts its tokens.
@Suite struct AnswerTextTests {
    @Test(
        arguments: [
            (
                .openAIChat,
                #"{"choices":[{"message":{"role":"assistant","content":"four","reasoning_content":"12"}}]}"#, 6
            ),
            (
                .openAIChat,
                #"{"choices":[{"message":{"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]}}]}"#,
                3
            ),
            (.openAIChat, #"{"choices":[{"text":"abc"}]}"#, 3),
            (
                .anthropicMessages,
                #"{"content":[{"type":"thinking","thinking":"ab","signature":"xxxx"},{"type":"text","text":"cd"}]}"#, 4
            ),
            (
                .openAIResponses,
                #"{"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"abcde"}]}]}"#,
                5
            ),
            (
                .gemini,
                #"{"candidates":[{"content":{"role":"model","parts":[{"text":"ab"},{"functionCall":{"name":"f","args":{"x":"y"}}}]}}]}"#,
                4
            ),
            (.ollama, #"{"message":{"role":"assistant","content":"abc"},"done":true}"#, 3),
            (.ollama, #"{"response":"ab","thinking":"c"}"#, 3),
            (.gemini, "{}", 0), (.openAIChat, #"{"choices":[]}"#, 0),
        ] as [(WireFormat, String, Int)])
    func countsWhatWasGenerated(format: WireFormat, body: String, expected: Int) throws {
        #expect(AnswerText.byteCount(in: try JSONValue(parsing: Array(body.utf8)), of: format) == expected)
    }

    /// Events after the first are weighed; the sum is right to the byte when only their text differs.
    @Test(arguments: [
        (
            WireFormat.openAIChat,
            #"data: {"id":"c","choices":[{"index":0,"delta":{"content":"%"},"finish_reason":null}]}"#
        ),
        (
            .anthropicMessages,
            #"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"%"}}"#
        ),
        (.openAIResponses, #"data: {"type":"response.output_text.delta","item_id":"i","delta":"%"}"#),
        (.ollama, #"{"model":"m","message":{"role":"assistant","content":"%"},"done":false}"#),
        (.gemini, #"data: {"candidates":[{"content":{"parts":[{"text":"%"}]}}]}"#),
    ])
    func aMonitorWeighsTheText(format: WireFormat, event: String) {
        var monitor = StreamMonitor(format: format, hidesUsageChunk: false)
        var output: [UInt8] = []
        for text in ["a", "bcd", "efghi jk"] {
            let bytes = Array(
                (event.split(separator: "%").joined(separator: text) + (format == .ollama ? "\n" : "\n\n")).utf8)
            _ = bytes.withUnsafeBytes { monitor.push($0, into: &output) }
        }
        #expect(monitor.textBytes == 12)
    }
}
