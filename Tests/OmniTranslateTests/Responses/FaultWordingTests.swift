import OmniJSON
import Testing

@testable import OmniTranslate

/// What an upstream says reaches the client without its keys and addresses.
@Suite struct FaultWordingTests {
    private func message(_ words: String) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        writer.key("message")
        writer.string(words)
        writer.endObject()
        writer.endObject()
        return FaultCodec.decode(status: 400, body: writer.bytes, from: .openAIChat).message
    }

    @Test(arguments: [
        "sk-proj-abcDEF123456", "sk-ant-api03-AbCdEf123456", "sk-abcd********wxyz", "gsk_abcdef123456",
        "AIzaSyA1234567890abcdef",
        "xai-abcdef1234567", "pplx-abcdef12345", "hf_abcdefGHI123456", "nvapi-abcdef123456", "key-abcdef123456",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF", "ya29.a0AfH6SMBx1234567", "ghp_abcdefGHIJKL123456",
        "AKIAIOSFODNN7EXAMPLE",
    ])
    func keysAreTakenOut(key: String) {
        for sentence in [
            "bad key \(key)", "bad key: \(key).", "key=\(key) is bad", "Bearer \(key)", "{\"key\":\"\(key)\"}",
            "a\n\(key)\tb", "(\(key))",
        ] {
            let message = message(sentence)
            #expect(!message.contains(key.dropFirst(4).prefix(6)), "\(message)")
            #expect(message.contains("[key]"))
        }
    }

    @Test(arguments: [
        "https://internal.example:8443/v1/chat?key=1", "http://10.0.0.5/v1", "HTTPS://Internal.example/x",
        "wss://host/x", "10.0.0.5:8443", "192.168.1.20",
        "[fd00::1]:8443",
    ])
    func addressesAreTakenOut(address: String) {
        for sentence in [
            "cannot reach \(address)", "dial tcp \(address): connection refused", "see <\(address)>", "at\n\(address)",
        ] {
            let message = message(sentence)
            #expect(
                !message.lowercased().contains("internal.example") && !message.contains("10.0.0.5")
                    && !message.contains("192.168"), "\(message)")
            #expect(
                !message.contains("://") && !message.contains("fd00::1") && message.contains("[address]"), "\(message)")
        }
    }

    @Test(arguments: [
        "risk-adjusted task-oriented disk-backed", "task_identifier is missing", "monkey-patched key-value-store",
        "the key-value pairs differ",
        "model gpt-4.1-mini-2025-04-14 not found", "version 1.2.3 and 10.20.30",
        "messages[2].content[0].type: 'x' is not allowed",
        "`max_tokens` must be > 0; got -1", "ratio 1:2:3 at 12:30:45", "tool toolu_01AbCdEfGhIjKlMnOp",
        "call_abcdefghijklmnop123 has no result",
        "half_hf_open", "anxai-ous words", "  two  spaces  kept  ",
    ])
    func ordinaryWordsStay(words: String) {
        #expect(message(words) == words)
    }

    @Test func longMessagesAreCut() {
        let words = Array(repeating: "word", count: 10_000).joined(separator: " ")
        let message = message(words)
        #expect(message.utf8.count <= 2010 && message.hasSuffix("…") && message.hasPrefix("word word"))
        #expect(self.message(String(repeating: "x", count: 100_000)).utf8.count <= 2010)
    }

    @Test func codesAndParametersAreCleanedToo() {
        let body = #"{"error":{"message":"m","code":"sk-proj-abcDEF123456","param":"http://internal:1/x"}}"#
        let fault = FaultCodec.decode(status: 400, body: Array(body.utf8), from: .openAIChat)
        #expect(fault.code == "[key]" && fault.parameter == "[address]")
    }

    @Test func errorsInsideAStreamAreCleanedToo() {
        let text = "data: {\"error\":{\"message\":\"bad key sk-proj-abcDEF123456 at https://internal/x\"}}\n\n"
        let run = StreamRun.translating(
            StreamSample.chat(StreamSample.delta(#"{"content":"x"}"#)) + text, from: .openAIChat)
        #expect(run.events.last?.data.contains("bad key [key] at [address]") == true)
        #expect(!run.text.contains("internal") && !run.text.contains("abcDEF"))
    }
}
