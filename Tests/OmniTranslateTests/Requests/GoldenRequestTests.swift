import OmniJSON
import OmniTranslate
import Testing

/// The sample requests in each direction against files read by a person; `UPDATE_GOLDEN=1` writes them anew.
@Suite struct GoldenRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let origin: WireFormat
        let sample: String
        let target: WireFormat
        let model: String
        let provider: String
        /// What the target must refuse, in the order it is met; taken out before the next try.
        var refused: [String] = []

        var testDescription: String { "\(origin.rawValue).\(sample).to-\(provider).json" }
        var folder: String { origin == .openAIChat ? "openai-chat" : "anthropic" }
    }

    static let cases: [Case] = [
        Case(
            origin: .openAIChat, sample: "minimal", target: .anthropicMessages, model: "claude-sonnet-5-5",
            provider: "anthropic"),
        Case(
            origin: .openAIChat, sample: "rich", target: .anthropicMessages, model: "claude-sonnet-5-5",
            provider: "anthropic", refused: ["n", "messages[1].content[4]", "messages[1].content[4]"]),
        Case(
            origin: .openAIChat, sample: "rich", target: .anthropicMessages, model: "kimi-k3", provider: "moonshot",
            refused: ["n", "messages[1].content[4]", "messages[1].content[4]"]),
        Case(origin: .openAIChat, sample: "rich", target: .openAIChat, model: "gpt-6-luna", provider: "openai"),
        Case(
            origin: .anthropicMessages, sample: "minimal", target: .openAIChat, model: "gpt-6-luna", provider: "openai"),
        Case(
            origin: .anthropicMessages, sample: "rich", target: .openAIChat, model: "gpt-6-luna", provider: "openai",
            refused: ["messages[0].content[3]", "tools[2]", "tools[2]", "tools[2]"]),
        Case(
            origin: .anthropicMessages, sample: "rich", target: .openAIChat, model: "deepseek-chat",
            provider: "deepseek",
            refused: ["messages[0].content[3]", "tools[2]", "tools[2]", "tools[2]"]),
        Case(
            origin: .anthropicMessages, sample: "structured", target: .openAIChat, model: "gpt-6-luna",
            provider: "openai"),
        Case(
            origin: .anthropicMessages, sample: "legacy-2023-06-01", target: .openAIChat, model: "gpt-4o",
            provider: "openai"),
        Case(
            origin: .anthropicMessages, sample: "rich", target: .anthropicMessages, model: "claude-opus-5-5",
            provider: "anthropic"),
    ]

    @Test(arguments: cases)
    func golden(_ golden: Case) throws {
        var body = try JSONValue(
            parsing: Array(try SourceTree.sample("\(golden.folder)/request.\(golden.sample).json").utf8))
        for path in golden.refused {
            let error = translationFailure { try translate(body, golden) }
            #expect(error?.code == .unsupported, "\(path) should be refused")
            body = try body.without(path)
        }
        let result = try translate(body, golden)
        var text = "// report: \(result.encoded.report.headerValue ?? "nothing lost")\n"
        if let version = result.encoded.apiVersion { text += "// anthropic-version: \(version)\n" }
        text += result.body.indented() + "\n"
        try GoldenFile.expect(text, in: "golden-requests/\(golden.testDescription)")
    }

    private func translate(_ body: JSONValue, _ golden: Case) throws -> RequestTranslation {
        try RequestTranslation(
            String(decoding: body.raw, as: UTF8.self), from: golden.origin, to: golden.target, model: golden.model,
            provider: golden.provider, maxOutput: 64000, apiVersion: golden.origin == .openAIChat ? nil : "2026-10-21")
    }
}
