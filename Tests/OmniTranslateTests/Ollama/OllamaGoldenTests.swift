import OmniJSON
import Testing

@testable import OmniTranslate

/// The samples between Ollama and the other dialects, as kept under `Samples/golden-ollama` and read by a person.
///
/// `UPDATE_GOLDEN=1 swift test` writes the files anew; read the difference.
@Suite struct OllamaGoldenTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let from: WireFormat
        let to: WireFormat
        let sample: String
        var model = "qwen3:8b"
        var provider = "ollama"
        /// What the target must refuse, in the order it is met; taken out before the next try.
        var refused: [String] = []

        var testDescription: String { "\(from.rawValue).\(sample).to-\(to.rawValue)" }
    }

    static let requests: [Golden] = [
        Golden(from: .openAIChat, to: .ollama, sample: "minimal"),
        Golden(
            from: .openAIChat, to: .ollama, sample: "rich",
            refused: [
                "n", "messages[1].content[2]", "messages[1].content[2]", "messages[1].content[2]",
                "messages[1].content[2]",
            ]),
        Golden(from: .anthropicMessages, to: .ollama, sample: "minimal"),
        Golden(
            from: .anthropicMessages, to: .ollama, sample: "rich",
            refused: [
                "messages[0].content[2]", "messages[0].content[2]", "messages[0].content[2]", "tools[2]", "tools[2]",
                "tools[2]",
            ]),
        Golden(from: .anthropicMessages, to: .ollama, sample: "structured"),
        Golden(from: .anthropicMessages, to: .ollama, sample: "legacy-2023-06-01"),
        Golden(from: .ollama, to: .openAIChat, sample: "minimal", model: "gpt-6-luna", provider: "openai"),
        Golden(from: .ollama, to: .openAIChat, sample: "rich", model: "deepseek-chat", provider: "deepseek"),
        Golden(
            from: .ollama, to: .anthropicMessages, sample: "minimal", model: "claude-opus-5-5", provider: "anthropic"),
        Golden(from: .ollama, to: .anthropicMessages, sample: "rich", model: "claude-opus-5-5", provider: "anthropic"),
        Golden(from: .ollama, to: .ollama, sample: "rich"),
    ]

    @Test(arguments: requests)
    func requestAsKept(golden: Golden) throws {
        var body = try StreamSample.json("request.\(golden.sample).json", of: golden.from)
        for path in golden.refused {
            let error = translationFailure { try translate(body, golden) }
            #expect(error?.code == .unsupported, "\(path) should be refused")
            body = try body.without(path)
        }
        let result = try translate(body, golden)
        let text =
            "// report: \(result.encoded.report.headerValue ?? "nothing lost")\n" + result.body.indented() + "\n"
        try GoldenFile.expect(text, in: "golden-ollama/\(golden.testDescription).request.json")
    }

    private func translate(_ body: JSONValue, _ golden: Golden) throws -> RequestTranslation {
        try RequestTranslation(
            body.rawText, from: golden.from, to: golden.to, model: golden.model, provider: golden.provider,
            maxOutput: 64000, apiVersion: golden.from == .anthropicMessages ? "2026-10-21" : nil)
    }

    static let answers: [Golden] = OllamaTranslation.others.flatMap { other in
        ["minimal", "rich"].flatMap { sample in
            [Golden(from: .ollama, to: other, sample: sample), Golden(from: other, to: .ollama, sample: sample)]
        }
    }

    @Test(arguments: answers)
    func answerAsKept(golden: Golden) throws {
        let answer = try StreamSample.json("response.\(golden.sample).json", of: golden.from)
        let (body, encoded) = try OllamaTranslation.response(answer.rawText, from: golden.from, to: golden.to)
        let text = "// report: \(encoded.report.headerValue ?? "nothing lost")\n" + body.indented() + "\n"
        try GoldenFile.expect(text, in: "golden-ollama/\(golden.testDescription).response.json")
    }

    @Test(arguments: answers)
    func streamAsKept(golden: Golden) throws {
        let fileType = golden.from == .ollama ? "ndjson" : "sse"
        let input = try StreamSample.bytes("stream.\(golden.sample).\(fileType)", of: golden.from)
        let run = OllamaStreamRun(input, from: golden.from, to: golden.to)
        #expect(run.progress.isComplete && run.progress.failure == nil && run.endCount(as: golden.to) == 1)
        let outputType = golden.to == .ollama ? "ndjson" : "sse"
        try GoldenFile.expect(run.text, in: "golden-ollama/\(golden.testDescription).stream.\(outputType)")
    }
}
