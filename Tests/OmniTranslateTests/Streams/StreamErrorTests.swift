import OmniJSON
import Testing

@testable import OmniTranslate

/// Errors amid a stream: in the client's dialect, once, and with nothing after them.
@Suite struct StreamErrorTests {
    private typealias Sample = StreamSample

    struct ErrorFrame: Sendable, CustomTestStringConvertible {
        let upstream: WireFormat
        let frame: String
        let kind: UpstreamFault.Kind
        let chatType: String
        let anthropicType: String

        var testDescription: String { frame }
    }

    static let frames = [
        ErrorFrame(
            upstream: .anthropicMessages,
            frame: #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            kind: .overloaded, chatType: "server_error", anthropicType: "overloaded_error"),
        ErrorFrame(
            upstream: .anthropicMessages,
            frame: #"{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}"#,
            kind: .rateLimit, chatType: "rate_limit_error", anthropicType: "rate_limit_error"),
        ErrorFrame(
            upstream: .anthropicMessages, frame: #"{"type":"error","error":{"type":"api_error","message":"boom"}}"#,
            kind: .upstream, chatType: "server_error", anthropicType: "api_error"),
        ErrorFrame(
            upstream: .anthropicMessages, frame: #"{"type":"error"}"#, kind: .upstream, chatType: "server_error",
            anthropicType: "api_error"),
        ErrorFrame(
            upstream: .anthropicMessages, frame: #"{"error":{"message":"shape of another","type":"server_error"}}"#,
            kind: .upstream, chatType: "server_error", anthropicType: "api_error"),
        ErrorFrame(
            upstream: .openAIChat,
            frame: #"{"error":{"message":"boom","type":"server_error","param":null,"code":null}}"#,
            kind: .upstream, chatType: "server_error", anthropicType: "api_error"),
        ErrorFrame(
            upstream: .openAIChat, frame: #"{"error":{"message":"busy","code":503}}"#, kind: .overloaded,
            chatType: "server_error", anthropicType: "overloaded_error"),
        ErrorFrame(
            upstream: .openAIChat, frame: #"{"error":{"message":"slow","type":"tokens","code":"rate_limit_exceeded"}}"#,
            kind: .rateLimit, chatType: "rate_limit_error", anthropicType: "rate_limit_error"),
        ErrorFrame(
            upstream: .openAIChat,
            frame: #"{"error":{"message":"no","type":"invalid_request_error","code":"model_not_found"}}"#,
            kind: .notFound, chatType: "invalid_request_error", anthropicType: "not_found_error"),
        ErrorFrame(
            upstream: .openAIChat, frame: #"{"error":"plain words"}"#, kind: .upstream, chatType: "server_error",
            anthropicType: "api_error"),
        ErrorFrame(
            upstream: .openAIChat,
            frame: #"{"object":"error","message":"top level","type":"BadRequestError","code":400}"#,
            kind: .invalidRequest, chatType: "invalid_request_error", anthropicType: "invalid_request_error"),
        ErrorFrame(
            upstream: .openAIChat, frame: #"{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}"#,
            kind: .upstream,
            chatType: "server_error", anthropicType: "api_error"),
    ]

    private func opening(_ format: WireFormat) -> String {
        format == .openAIChat
            ? Sample.chat(Sample.delta(#"{"role":"assistant","content":"Hi"}"#))
            : Sample.anthropic(Sample.messageStart) + Sample.textBlock(0, "Hi").map { Sample.anthropic($0) }.joined()
    }

    private func rest(_ format: WireFormat) -> String {
        format == .openAIChat
            ? Sample.chat(Sample.delta(#"{"content":"LATE"}"#, finish: "stop")) + Sample.done
            : Sample.textBlock(1, "LATE").map { Sample.anthropic($0) }.joined()
                + Sample.anthropic(Sample.messageDelta("end_turn"), Sample.messageStop)
    }

    @Test("C078 an error amid the stream is the last event, in the client's dialect", arguments: frames)
    func c078(error: ErrorFrame) throws {
        let text = opening(error.upstream) + "data: \(error.frame)\n\n" + rest(error.upstream)
        let run = StreamRun.translating(text, from: error.upstream)
        #expect(run.progress.failure?.kind == error.kind && !run.progress.isComplete)
        #expect(run.ending == .error && run.endCount == 1)
        #expect(!run.text.contains("LATE") && !run.text.contains("[DONE]") && !run.text.contains("message_stop"))
        let last = try #require(run.events.last)
        let body = try JSONValue(parsing: Array(last.data.utf8))
        #expect(body["error"]?["message"]?.string?.isEmpty == false)
        if error.upstream == .anthropicMessages {
            #expect(last.name == "" && body["error"]?["type"]?.string == error.chatType)
        } else {
            #expect(last.name == "error" && body["type"]?.string == "error")
            #expect(body["error"]?["type"]?.string == error.anthropicType)
        }
    }

    @Test("C078 the monitor forwards an upstream's own error and tells of it", arguments: frames)
    func monitorTellsOfErrors(error: ErrorFrame) {
        let text = opening(error.upstream) + "data: \(error.frame)\n\n"
        let run = StreamRun.watching(Array(text.utf8), of: error.upstream)
        #expect(run.progress.failure?.kind == error.kind && !run.progress.isComplete)
        #expect(run.text == text)
        let early = StreamRun.watching(Array("data: \(error.frame)\n\n".utf8), of: error.upstream)
        #expect(early.progress.failure?.kind == error.kind)
    }

    @Test(arguments: frames)
    func anErrorBeforeAnyContentIsOnlyReported(error: ErrorFrame) {
        let start =
            error.upstream == .openAIChat
            ? Sample.chat(Sample.delta(#"{"role":"assistant","content":""}"#)) : Sample.anthropic(Sample.messageStart)
        for opening in ["", start] {
            let run = StreamRun.translating(
                opening + "data: \(error.frame)\n\n" + rest(error.upstream), from: error.upstream)
            #expect(run.progress.failure?.kind == error.kind && !run.progress.isMeaningful)
            #expect(run.endCount == 0 && !run.text.contains("LATE"))
        }
    }

    @Test("C176 an overloaded upstream is server_error to chat clients")
    func c176() throws {
        let run = StreamRun.translating(
            opening(.anthropicMessages) + "data: \(Self.frames[0].frame)\n\n", from: .anthropicMessages)
        let error = try #require(run.events(named: "").last?["error"])
        #expect(error["code"]?.string == "overloaded" && error["message"]?.string == "Overloaded")
    }

    @Test("C071 a truncated stream still tells what it used, the cache folded in")
    func c071() {
        let start = Sample.messageStart.replacing(
            #""input_tokens":8"#, with: #""input_tokens":8,"cache_read_input_tokens":64"#)
        let text = Sample.anthropic(start) + Sample.textBlock(0, "Hi").map { Sample.anthropic($0) }.joined()
        for run in [
            StreamRun.translating(text, from: .anthropicMessages),
            StreamRun.watching(Array(text.utf8), of: .anthropicMessages),
        ] {
            #expect(run.ending == .error && run.progress.failure?.code == "truncated")
            #expect(run.usage?.totalInput == 72 && run.usage?.cacheRead == 64 && run.usage?.totalOutput == 1)
        }
    }

    @Test func faultsFromOutsideAreWrittenOnceAndNotAfterTheEnd() throws {
        for (format, client) in [
            (WireFormat.openAIChat, WireFormat.anthropicMessages), (.anthropicMessages, .openAIChat),
        ] {
            let fault = UpstreamFault(.timeout, message: "the upstream went silent")
            var translator = StreamTranslator(from: format, to: client, context: .sample())
            var output: [UInt8] = []
            _ = Array(opening(format).utf8).withUnsafeBytes { translator.push($0, into: &output) }
            translator.fail(fault, into: &output)
            let once = output
            translator.fail(fault, into: &output)
            _ = Array(rest(format).utf8).withUnsafeBytes { translator.push($0, into: &output) }
            let progress = translator.finish(into: &output)
            #expect(output == once && progress.failure == fault && !progress.isComplete)
            #expect(StreamRun.events(in: output).last?.data.contains("went silent") == true)

            var whole = StreamTranslator(from: format, to: client, context: .sample())
            output = []
            _ = Array((opening(format) + rest(format)).utf8).withUnsafeBytes { whole.push($0, into: &output) }
            let complete = output
            whole.fail(fault, into: &output)
            #expect(output == complete)
        }
    }

    @Test func aFaultReportedBeforeTheCommitPointCanStillBeWritten() {
        var translator = StreamTranslator(from: .anthropicMessages, to: .openAIChat, context: .sample())
        var output: [UInt8] = []
        let progress = Array("data: \(Self.frames[0].frame)\n\n".utf8).withUnsafeBytes {
            translator.push($0, into: &output)
        }
        #expect(output == [])
        if let fault = progress.failure { translator.fail(fault, into: &output) }
        #expect(StreamRun.events(in: output).map { $0.data.hasPrefix("{\"error\"") } == [true])
    }

    @Test func anEndlessEventIsAnErrorAndNotEndlessMemory() {
        let text = opening(.openAIChat) + "data: {\"choices\":[{\"delta\":{\"content\":\""
        var bytes = Array(text.utf8)
        bytes += [UInt8](repeating: 0x61, count: 17 << 20)
        let run = StreamRun.translating(bytes, from: .openAIChat, cuts: [1 << 20, 8 << 20, 16 << 20])
        #expect(run.progress.failure?.code == "malformed_answer" && run.ending == .error && run.endCount == 1)
        let watched = StreamRun.watching(
            bytes, of: .openAIChat, hidesUsageChunk: true, cuts: [1 << 20, 8 << 20, 16 << 20])
        #expect(watched.progress.failure?.code == "malformed_answer" && !watched.progress.isComplete)
    }
}
