import OmniJSON
import Testing

@testable import OmniTranslate

/// The sample streams translated, byte for byte as kept under `Samples/golden`.
///
/// `UPDATE_GOLDEN=1 swift test` rewrites the files; read the difference.
@Suite struct StreamGoldenTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let name: String
        let upstream: WireFormat

        var file: String {
            upstream == .openAIChat ? "openai-chat-to-anthropic.\(name)" : "anthropic-to-openai-chat.\(name)"
        }

        var testDescription: String { file }
    }

    static let goldens = [
        Golden(name: "stream.minimal.sse", upstream: .openAIChat),
        Golden(name: "stream.rich.sse", upstream: .openAIChat),
        Golden(name: "stream.minimal.sse", upstream: .anthropicMessages),
        Golden(name: "stream.rich.sse", upstream: .anthropicMessages),
    ]

    @Test(arguments: goldens)
    func translatedAsKept(golden: Golden) throws {
        let input = try StreamSample.bytes(golden.name, of: golden.upstream)
        let run = StreamRun.translating(input, from: golden.upstream, context: .sample(includesStreamUsage: true))
        try GoldenFile.expect(run.text, in: "golden/\(golden.file)")
        #expect(run.progress.isComplete && run.progress.failure == nil)
    }

    @Test func anErrorRightAfterTheOpeningIsOnlyReported() throws {
        let input = try StreamSample.bytes("stream.error.sse", of: .anthropicMessages)
        let run = StreamRun.translating(input, from: .anthropicMessages)
        #expect(run.progress.failure?.kind == .overloaded)
        #expect(run.progress.failure?.message == "Overloaded")
        #expect(!run.progress.isMeaningful && !run.progress.isComplete)
        #expect(run.endCount == 0)
        #expect(run.usage?.input == 8)
    }

    @Test(arguments: [WireFormat.openAIChat, .anthropicMessages], ["stream.minimal.sse", "stream.rich.sse"])
    func theMonitorLeavesEveryByte(format: WireFormat, name: String) throws {
        let input = try StreamSample.bytes(name, of: format)
        let run = StreamRun.watching(input, of: format)
        #expect(run.output == input)
        #expect(run.progress.isComplete && run.progress.isMeaningful && run.progress.failure == nil)
    }

    @Test func theMonitorReportsTheSameUsageAsTheTranslator() throws {
        for format in [WireFormat.openAIChat, .anthropicMessages] {
            let input = try StreamSample.bytes("stream.rich.sse", of: format)
            let usage = try #require(StreamRun.watching(input, of: format).usage)
            #expect(usage == StreamRun.translating(input, from: format).usage)
            #expect(
                usage.totalOutput == 60 && usage.reasoning == 40 && usage.totalInput == 120 && usage.cacheRead == 64)
        }
    }
}
