import OmniJSON
import Testing

@testable import OmniTranslate

/// Passthrough: bytes untouched but for the usage chunk nobody asked for, and an honest end.
@Suite struct StreamMonitorTests {
    private typealias Sample = StreamSample

    private let usage = Sample.chat(
        #""choices":[],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14}"#)
    private let hello = Sample.chat(
        Sample.delta(#"{"role":"assistant","content":""}"#), Sample.delta(#"{"content":"Hi"}"#))
    private let stop = Sample.chat(Sample.delta("{}", finish: "stop"))

    private func watch(_ text: String, hides: Bool = false, requiresTerminator: Bool = false) -> StreamRun {
        StreamRun.watching(
            Array(text.utf8), of: .openAIChat, hidesUsageChunk: hides, requiresTerminator: requiresTerminator)
    }

    @Test("C061 the extra usage chunk is taken out, its numbers are kept")
    func c061() {
        let run = watch(hello + stop + usage + Sample.done, hides: true)
        #expect(run.text == hello + stop + Sample.done)
        #expect(run.usage?.input == 10 && run.usage?.output == 4)
        #expect(watch(hello + stop + usage + Sample.done).text == hello + stop + usage + Sample.done)
    }

    @Test("C061 nothing else is taken out")
    func c061Others() {
        let kept = [
            Sample.chat(Sample.delta("{}", finish: "stop") + #","usage":{"prompt_tokens":1,"completion_tokens":1}"#),
            Sample.chat(#""choices":[],"usage":null"#), Sample.chat(#""choices":[],"prompt_filter_results":[]"#),
            ": keepalive\n\n", "event: ping\ndata: {}\n\n", "data: not JSON\n\n", "id: 7\n\n", "data:\n\n",
            Sample.chat(Sample.delta(##"{"content":"\"choices\":[],\"usage\":{\"prompt_tokens\":1}"}"##)),
        ]
        let text = hello + kept.joined() + Sample.done
        #expect(watch(text, hides: true).text == text)
    }

    @Test func aLastUsageChunkWithoutBlankLineIsTakenOutToo() {
        let run = watch(hello + stop + Sample.done + usage.dropLast(2), hides: true)
        #expect(run.progress.isComplete)
        let early = watch(hello + stop + usage.dropLast(2), hides: true)
        #expect(early.text == hello + stop + Sample.done && early.progress.isComplete && early.usage?.input == 10)
    }

    @Test func keepAliveCommentsPassAtOnce() {
        var monitor = StreamMonitor(format: .openAIChat, hidesUsageChunk: true)
        for comment in [": keepalive\n\n", ": OPENROUTER PROCESSING\n\n", ":\r\n\r\n"] {
            var output: [UInt8] = []
            _ = Array(comment.utf8).withUnsafeBytes { monitor.push($0, into: &output) }
            #expect(String(decoding: output, as: UTF8.self) == comment)
        }
    }

    @Test func wholeEventsPassAtOnceAndHalvesAreHeld() {
        var monitor = StreamMonitor(format: .openAIChat, hidesUsageChunk: true)
        var output: [UInt8] = []
        let bytes = Array((hello + "data: {\"half").utf8)
        _ = bytes.withUnsafeBytes { monitor.push($0, into: &output) }
        #expect(String(decoding: output, as: UTF8.self) == hello)
        #expect(
            !monitor.forwardsVerbatim && StreamMonitor(format: .openAIChat, hidesUsageChunk: false).forwardsVerbatim)
        #expect(StreamMonitor(format: .anthropicMessages, hidesUsageChunk: true).forwardsVerbatim)
    }

    struct Moment: Sendable {
        let format: WireFormat
        let frame: String
        let isMeaningful: Bool
    }

    static let moments = [
        Moment(
            format: .openAIChat, frame: Sample.chat(Sample.delta(#"{"role":"assistant","content":""}"#)),
            isMeaningful: false),
        Moment(
            format: .openAIChat,
            frame: Sample.chat(Sample.delta(#"{"role":"assistant","content":null,"refusal":null}"#)),
            isMeaningful: false),
        Moment(format: .openAIChat, frame: ": comment\n\n", isMeaningful: false),
        Moment(
            format: .openAIChat, frame: Sample.chat(#""choices":[],"usage":{"prompt_tokens":1}"#), isMeaningful: false),
        Moment(format: .openAIChat, frame: Sample.chat(Sample.delta(#"{"content":"x"}"#)), isMeaningful: true),
        Moment(
            format: .openAIChat, frame: Sample.chat(Sample.delta(#"{"reasoning_content":"x"}"#)), isMeaningful: true),
        Moment(
            format: .openAIChat, frame: Sample.chat(Sample.call(#"{"index":0,"id":"a","function":{"name":"f"}}"#)),
            isMeaningful: true),
        Moment(format: .openAIChat, frame: Sample.chat(Sample.delta("{}", finish: "stop")), isMeaningful: false),
        Moment(format: .openAIChat, frame: Sample.chat(Sample.delta("{}", finish: "length")), isMeaningful: true),
        Moment(format: .openAIChat, frame: Sample.done, isMeaningful: false),
        Moment(format: .anthropicMessages, frame: Sample.anthropic(Sample.messageStart), isMeaningful: false),
        Moment(format: .anthropicMessages, frame: Sample.anthropic(#"{"type":"ping"}"#), isMeaningful: false),
        Moment(
            format: .anthropicMessages, frame: Sample.anthropic(Sample.blockStart(0, #"{"type":"text","text":""}"#)),
            isMeaningful: false),
        Moment(
            format: .anthropicMessages,
            frame: Sample.anthropic(Sample.blockStart(0, #"{"type":"thinking","thinking":""}"#)), isMeaningful: false),
        Moment(
            format: .anthropicMessages,
            frame: Sample.anthropic(Sample.blockStart(0, #"{"type":"tool_use","id":"a","name":"f","input":{}}"#)),
            isMeaningful: true),
        Moment(
            format: .anthropicMessages,
            frame: Sample.anthropic(Sample.blockDelta(0, #"{"type":"text_delta","text":"x"}"#)), isMeaningful: true),
        Moment(format: .anthropicMessages, frame: Sample.anthropic(Sample.messageDelta("refusal")), isMeaningful: true),
        Moment(format: .anthropicMessages, frame: Sample.anthropic(Sample.messageStop), isMeaningful: false),
    ]

    @Test(arguments: moments)
    func knowsWhenAnAnswerHasBegun(moment: Moment) {
        var monitor = StreamMonitor(format: moment.format, hidesUsageChunk: false)
        var output: [UInt8] = []
        let progress = Array(moment.frame.utf8).withUnsafeBytes { monitor.push($0, into: &output) }
        #expect(progress.isMeaningful == moment.isMeaningful && progress.failure == nil)
    }

    @Test("C070 a body that ends without a finish is cut short, one that ends after it gets its terminator")
    func c070() {
        #expect(watch(hello).ending == .error)
        #expect(watch(hello + Sample.chat(Sample.delta(#"{"content":"!"}"#, finish: ""))).ending == .error)
        #expect(watch(hello + stop, requiresTerminator: true).ending == .error)
        for text in [hello + stop, hello + stop + usage, hello + stop + ": bye\n\n"] {
            let run = watch(text)
            #expect(run.progress.isComplete && run.progress.failure == nil && run.endCount == 1)
            #expect(run.text == text + Sample.done)
        }
    }

    @Test func aTerminatorAddedIsAnEventOfItsOwn() {
        for (rest, added) in [("", "\n\n"), ("\n", "\n\n"), ("\r\n", "\n\n"), ("\n\n", "")] {
            for hides in [false, true] {
                let text = hello + stop.dropLast(2) + rest
                let run = watch(text, hides: hides)
                #expect(run.text == text + added + Sample.done && run.progress.isComplete)
            }
        }
    }

    @Test("C070 with several choices each needs its finish")
    func c070Choices() {
        let other = Sample.chat(Sample.delta(#"{"content":"B"}"#, choice: 1))
        let otherStop = Sample.chat(Sample.delta("{}", finish: "stop", choice: 1))
        #expect(watch(hello + other + stop).ending == .error)
        #expect(watch(hello + other + stop + otherStop).ending == .complete)
    }

    @Test func aConnectionLostAfterTheFinishIsStillAnError() {
        var monitor = StreamMonitor(format: .openAIChat, hidesUsageChunk: false)
        var output: [UInt8] = []
        _ = Array((hello + stop).utf8).withUnsafeBytes { monitor.push($0, into: &output) }
        monitor.fail(UpstreamFault(.upstream, message: "reset"), into: &output)
        #expect(String(decoding: output, as: UTF8.self).hasPrefix(hello + stop + "data: {\"error\""))
    }

    @Test func anErrorAfterHalfAnEventIsAnEventOfItsOwn() {
        for hides in [false, true] {
            let run = watch(hello + "data: {\"choices\":[{\"del", hides: hides)
            #expect(run.ending == .error && run.events.last?.data.hasPrefix("{\"error\":") == true)
            #expect(run.text.contains("{\"choices\":[{\"del") == !hides)
        }
    }

    @Test func garbageBeforeContentIsAReasonToTryElsewhereAndAfterItPasses() {
        #expect(watch("data: <html>\n\n").progress.failure?.code == "malformed_answer")
        let text = hello + "data: <html>\n\n" + Sample.done
        let run = watch(text)
        #expect(run.progress.isComplete && run.text == text)
    }

    @Test func faultsFromOutsideAreWrittenOnce() {
        var monitor = StreamMonitor(format: .anthropicMessages, hidesUsageChunk: false)
        var output: [UInt8] = []
        _ = Array(Sample.anthropic(Sample.messageStart).utf8).withUnsafeBytes { monitor.push($0, into: &output) }
        for _ in 1...2 { monitor.fail(UpstreamFault(.timeout, message: "silent"), into: &output) }
        #expect(StreamRun.events(in: output).map(\.name) == ["message_start", "error"])
        #expect(monitor.usage?.input == 8)
    }

    @Test func aKeepAliveFitsOnlyBetweenEvents() {
        for hides in [false, true] {
            var monitor = StreamMonitor(format: .openAIChat, hidesUsageChunk: hides)
            for (piece, isBetween) in [(hello, true), ("data: {\"ha", hides), ("lf\":1}\n", hides), ("\n", true)] {
                var output: [UInt8] = []
                _ = Array(piece.utf8).withUnsafeBytes { monitor.push($0, into: &output) }
                #expect(monitor.isBetweenEvents == isBetween)
            }
        }
    }

    @Test("keep-alives of each dialect are what its clients ignore")
    func keepAlives() {
        for format in WireFormat.allCases {
            let frame = StreamKeepAlive.frame(for: format)
            guard format == .openAIChat || format == .anthropicMessages else { continue }
            let run = StreamRun.watching(frame, of: format)
            #expect(run.output.starts(with: frame) && !run.progress.isMeaningful && !frame.isEmpty)
        }
        #expect(StreamKeepAlive.frame(for: .ollama) == [])
    }
}
