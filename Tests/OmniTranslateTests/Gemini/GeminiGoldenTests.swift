import OmniJSON
import Testing

@testable import OmniTranslate

/// The samples in each direction against files read by a person; `UPDATE_GOLDEN=1` writes them anew.
@Suite struct GeminiGoldenTests {
    struct Request: Sendable, CustomTestStringConvertible {
        let origin: WireFormat
        let sample: String
        let target: WireFormat
        let model: String
        let provider: String
        /// What the target must refuse, in the order it is met; taken out before the next try.
        var refused: [String] = []

        var testDescription: String { "request.\(origin.rawValue).\(sample).to-\(model).json" }
    }

    static let requests: [Request] = [
        Request(
            origin: .gemini, sample: "minimal", target: .openAIChat, model: "gpt-6-luna", provider: "openai"),
        Request(
            origin: .gemini, sample: "minimal", target: .anthropicMessages, model: "claude-sonnet-5-5",
            provider: "anthropic"),
        Request(
            origin: .gemini, sample: "rich", target: .openAIChat, model: "gpt-6-luna", provider: "openai",
            refused: [
                "cachedContent", "contents[0].parts[2]", "contents[0].parts[3]", "tools[1]", "tools[1]", "tools[1]",
            ]),
        Request(
            origin: .gemini, sample: "rich", target: .anthropicMessages, model: "claude-sonnet-5-5",
            provider: "anthropic",
            refused: [
                "cachedContent", "contents[0].parts[2]", "contents[0].parts[2]", "contents[0].parts[2]",
            ]),
        Request(
            origin: .gemini, sample: "rich", target: .gemini, model: "gemini-3-pro-preview", provider: "gemini"),
        Request(
            origin: .openAIChat, sample: "minimal", target: .gemini, model: "gemini-3-flash-preview", provider: "gemini"
        ),
        Request(
            origin: .openAIChat, sample: "rich", target: .gemini, model: "gemini-3-flash-preview", provider: "gemini",
            refused: ["messages[1].content[2]", "messages[1].content[3]"]),
        Request(
            origin: .openAIChat, sample: "rich", target: .gemini, model: "gemini-2.5-pro", provider: "vertex",
            refused: ["messages[1].content[2]", "messages[1].content[3]"]),
        Request(
            origin: .anthropicMessages, sample: "minimal", target: .gemini, model: "gemini-3-flash-preview",
            provider: "gemini"),
        Request(
            origin: .anthropicMessages, sample: "rich", target: .gemini, model: "gemini-3-flash-preview",
            provider: "gemini", refused: ["messages[0].content[2]", "messages[0].content[2]"]),
        Request(
            origin: .anthropicMessages, sample: "structured", target: .gemini, model: "gemini-2.5-flash",
            provider: "gemini"),
        Request(
            origin: .anthropicMessages, sample: "legacy-2023-06-01", target: .gemini, model: "gemini-2.5-flash-lite",
            provider: "gemini"),
    ]

    @Test(arguments: requests)
    func request(golden: Request) throws {
        var body = try StreamSample.json("request.\(golden.sample).json", of: golden.origin)
        for path in golden.refused {
            let error = geminiFailure { try translate(body, golden) }
            #expect(error?.code == .unsupported, "\(path) should be refused")
            body = try body.without(path)
        }
        let result = try translate(body, golden)
        let report = "// report: \(result.encoded.report.headerValue ?? "nothing lost")\n"
        try compare(report + result.body.indented() + "\n", with: golden.testDescription)
    }

    private func translate(_ body: JSONValue, _ golden: Request) throws -> GeminiRequestTranslation {
        try GeminiRequestTranslation(
            body.rawText, from: golden.origin, to: golden.target, model: golden.model, provider: golden.provider)
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        let sample: String
        let upstream: WireFormat
        let client: WireFormat

        var testDescription: String { "\(upstream.rawValue).to-\(client.rawValue).\(sample)" }
    }

    static let answers: [Answer] = [WireFormat.openAIChat, .anthropicMessages].flatMap { other in
        ["minimal", "rich", "blocked"].map { Answer(sample: "response.\($0).json", upstream: .gemini, client: other) }
            + ["minimal", "rich"].map { Answer(sample: "response.\($0).json", upstream: other, client: .gemini) }
    }

    @Test(arguments: answers)
    func answer(golden: Answer) throws {
        let response = try Translator.translateResponse(
            StreamSample.json(golden.sample, of: golden.upstream), from: golden.upstream, to: golden.client,
            context: .sample())
        let body = try JSONValue(parsing: response.body)
        let report = "// report: \(response.report.headerValue ?? "nothing lost")\n"
        try compare(report + body.indented() + "\n", with: golden.testDescription)
    }

    static let streams: [Answer] = [WireFormat.openAIChat, .anthropicMessages].flatMap { other in
        ["minimal", "rich"].flatMap { name in
            [
                Answer(sample: "stream.\(name).sse", upstream: .gemini, client: other),
                Answer(sample: "stream.\(name).sse", upstream: other, client: .gemini),
            ]
        }
    }

    @Test(arguments: streams)
    func stream(golden: Answer) throws {
        let input = try StreamSample.bytes(golden.sample, of: golden.upstream)
        let run = GeminiStreamRun(input, from: golden.upstream, to: golden.client)
        #expect(run.progress.isComplete && run.progress.failure == nil)
        try compare(run.text, with: golden.testDescription)
    }

    @Test("C085 the array framing carries the same objects", arguments: streams.filter { $0.client == .gemini })
    func array(golden: Answer) throws {
        let input = try StreamSample.bytes(golden.sample, of: golden.upstream)
        let events = GeminiStreamRun(input, from: golden.upstream, to: .gemini)
        let array = GeminiStreamRun(input, from: golden.upstream, to: .gemini, context: .arrayFraming())
        #expect(array.output.first == UInt8(ascii: "[") && array.output.last == UInt8(ascii: "]"))
        #expect(array.objects.map(\.rawText) == events.objects.map(\.rawText))
        #expect(!array.objects.isEmpty)
    }

    private func compare(_ text: String, with name: String) throws {
        try GoldenFile.expect(text, in: "golden-gemini/\(name)")
    }
}
