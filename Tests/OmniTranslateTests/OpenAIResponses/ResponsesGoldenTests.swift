import OmniJSON
import OmniTranslate
import Testing

/// The samples between Responses and the two older dialects against files read by a person; `UPDATE_GOLDEN=1` writes
/// them anew.
@Suite struct ResponsesGoldenTests {
    struct Request: Sendable, CustomTestStringConvertible {
        let origin: WireFormat
        let sample: String
        let target: WireFormat
        let model: String
        let provider: String
        /// What the target must refuse, in the order it is met; taken out before the next try.
        var refused: [String] = []

        var testDescription: String { "\(origin.rawValue).\(sample).to-\(target.rawValue).\(provider).json" }
    }

    static let hosted = ["tools[3]", "tools[3]", "tools[3]", "tools[3]"]

    static let requests: [Request] = [
        Request(
            origin: .openAIResponses, sample: "minimal", target: .openAIChat, model: "gpt-6-luna", provider: "openai"),
        Request(
            origin: .openAIResponses, sample: "rich", target: .openAIChat, model: "gpt-6-luna", provider: "openai",
            refused: ["input[0].content[2]", "input[0].content[3]"] + hosted),
        Request(
            origin: .openAIResponses, sample: "rich", target: .openAIChat, model: "deepseek-chat",
            provider: "deepseek", refused: ["input[0].content[2]", "input[0].content[3]"] + hosted),
        Request(
            origin: .openAIResponses, sample: "minimal", target: .anthropicMessages, model: "claude-sonnet-5-5",
            provider: "anthropic"),
        Request(
            origin: .openAIResponses, sample: "rich", target: .anthropicMessages, model: "claude-sonnet-5-5",
            provider: "anthropic", refused: ["tools[5]", "input[0].content[2]"]),
        Request(
            origin: .openAIResponses, sample: "rich", target: .openAIResponses, model: "gpt-6-luna",
            provider: "openai"),
        Request(
            origin: .openAIChat, sample: "minimal", target: .openAIResponses, model: "gpt-6-luna", provider: "openai"),
        Request(
            origin: .openAIChat, sample: "rich", target: .openAIResponses, model: "gpt-6-luna", provider: "openai",
            refused: ["n", "messages[1].content[5]"]),
        Request(
            origin: .anthropicMessages, sample: "minimal", target: .openAIResponses, model: "gpt-6-luna",
            provider: "openai"),
        Request(
            origin: .anthropicMessages, sample: "rich", target: .openAIResponses, model: "gpt-6-luna",
            provider: "openai", refused: ["messages[0].content[3]"]),
        Request(
            origin: .anthropicMessages, sample: "structured", target: .openAIResponses, model: "gpt-6-luna",
            provider: "openai"),
    ]

    @Test(arguments: requests)
    func requestsAsKept(_ golden: Request) throws {
        var body = try JSONValue(
            parsing: Array(try SourceTree.sample("\(golden.origin.rawValue)/request.\(golden.sample).json").utf8))
        for path in golden.refused {
            let error = translationFailure { try translate(body, golden) }
            #expect(error?.code == .unsupported, "\(path) should be refused")
            body = try body.without(path)
        }
        let result = try translate(body, golden)
        let report = "// report: \(result.encoded.report.headerValue ?? "nothing lost")\n"
        try expect(report + result.body.indented() + "\n", in: golden.testDescription)
    }

    private func translate(_ body: JSONValue, _ golden: Request) throws -> RequestTranslation {
        try RequestTranslation(
            String(decoding: body.raw, as: UTF8.self), from: golden.origin, to: golden.target, model: golden.model,
            provider: golden.provider, maxOutput: 64000,
            apiVersion: golden.origin == .anthropicMessages ? "2026-10-21" : nil)
    }

    static let answers: [(WireFormat, String, WireFormat)] = [
        (.openAIResponses, "response.minimal.json", .openAIChat),
        (.openAIResponses, "response.rich.json", .openAIChat),
        (.openAIResponses, "response.incomplete.json", .openAIChat),
        (.openAIResponses, "response.rich.json", .anthropicMessages),
        (.openAIResponses, "response.incomplete.json", .anthropicMessages),
        (.openAIChat, "response.minimal.json", .openAIResponses),
        (.openAIChat, "response.rich.json", .openAIResponses),
        (.anthropicMessages, "response.rich.json", .openAIResponses),
        (.anthropicMessages, "response.refusal.json", .openAIResponses),
    ]

    @Test(arguments: answers)
    func answersAsKept(upstream: WireFormat, name: String, client: WireFormat) throws {
        let response = try Translator.translateResponse(
            StreamSample.json(name, of: upstream), from: upstream, to: client, context: .sample())
        let report = "// report: \(response.report.headerValue ?? "nothing lost")\n"
        let text = report + (try JSONValue(parsing: response.body)).indented() + "\n"
        try expect(text, in: "\(upstream.rawValue).to-\(client.rawValue).\(name)")
    }

    static let streams: [(WireFormat, String, WireFormat)] = [
        (.openAIResponses, "stream.minimal.sse", .openAIChat), (.openAIResponses, "stream.rich.sse", .openAIChat),
        (.openAIResponses, "stream.minimal.sse", .anthropicMessages),
        (.openAIResponses, "stream.rich.sse", .anthropicMessages),
        (.openAIChat, "stream.minimal.sse", .openAIResponses), (.openAIChat, "stream.rich.sse", .openAIResponses),
        (.anthropicMessages, "stream.minimal.sse", .openAIResponses),
        (.anthropicMessages, "stream.rich.sse", .openAIResponses),
    ]

    @Test(arguments: streams)
    func streamsAsKept(upstream: WireFormat, name: String, client: WireFormat) throws {
        let run = PairRun(try StreamSample.bytes(name, of: upstream), from: upstream, to: client)
        #expect(run.progress.isComplete && run.progress.failure == nil)
        try expect(run.text, in: "\(upstream.rawValue).to-\(client.rawValue).\(name)")
    }

    private func expect(_ text: String, in name: String) throws {
        try GoldenFile.expect(text, in: "golden-openai-responses/\(name)")
    }
}
