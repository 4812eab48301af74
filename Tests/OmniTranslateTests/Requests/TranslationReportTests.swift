import OmniTranslate
import Testing

/// What clients are told of losses, and that the documentation tells it too.
@Suite struct TranslationReportTests {
    @Test func lossesAreToldOnceAndInOrder() {
        var report = TranslationReport()
        #expect(report.headerValue == nil && report.isEmpty)
        report.add("seed")
        report.add("stop", "limit")
        report.add("seed")
        #expect(report.headerValue == "dropped=seed;reason=unsupported, dropped=stop;reason=limit")
    }

    @Test func theHeaderStaysShortAndPlain() throws {
        var report = TranslationReport()
        for index in 0..<100 { report.add("a,b;c\r\n: é\(index)" + String(repeating: "x", count: 100)) }
        let value = try #require(report.headerValue)
        #expect(value.utf8.count <= 1024)
        #expect(value.hasSuffix(", ..."))
        #expect(value.wholeMatch(of: /(dropped=[A-Za-z0-9_.-]+;reason=unsupported(, )?)+\.\.\./) != nil)
    }

    @Test func strictnessNamesTheField() throws {
        let body = #""messages":[{"role":"user","content":"hi"}],"seed":1"#
        #expect(try chatToAnthropic(body).losses == ["seed:unsupported"])
        let error = translationFailure { try chatToAnthropic(body, isStrict: true) }
        #expect(error?.code == .unsupported && error?.path == "seed")
        #expect(
            translationFailure {
                try anthropicToChat(#""messages":[{"role":"user","content":"hi"}],"top_k":1"#, isStrict: true)
            }?.path == "top_k")
    }

    /// Every `report.add(…)` of the request codecs, as the rows of the table that must be there for it.
    private func reportedPairs(in source: String) -> [(fields: [String], reason: String)] {
        source.split(separator: "report.add(").dropFirst().map { rest in
            var depth = 1
            let call = rest.prefix { character in
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                return depth > 0
            }
            // What is put in at run time stands for any name.
            let literals = call.replacing(/\\\([^"]*\)/, with: "*").matches(of: /"([^"]*)"/).map { String($0.1) }
            let hasReason = call.contains("\", \"") || call.contains("field, \"")
            let fields = hasReason ? Array(literals.dropLast()) : literals
            // Settings of hosted tools are told by their own names.
            let unnamed = call.contains("setting.name") ? "tools.*" : "reasoning_effort"
            return (fields.isEmpty ? [unnamed] : fields, hasReason ? literals.last ?? "" : "unsupported")
        }
    }

    @Test func everyLossIsInTheDocumentation() throws {
        let rows = try SourceTree.text("docs/translation.md").split(separator: "\n").filter { $0.hasPrefix("|") }
        let formats = "Sources/OmniTranslate/Formats"
        let files = [
            "\(formats)/Anthropic/AnthropicRequestEncoder.swift",
            "\(formats)/Anthropic/AnthropicRequestEncoder+Content.swift",
            "\(formats)/Anthropic/AnthropicRequestEncoder+Media.swift",
            "\(formats)/Anthropic/AnthropicRequestEncoder+Tools.swift",
            "\(formats)/Anthropic/AnthropicRequestEncoder+Hosted.swift",
            "\(formats)/OpenAIResponses/OpenAIResponsesRequestEncoder+Hosted.swift",
            "\(formats)/Gemini/GeminiRequestEncoder+Hosted.swift",
            "\(formats)/Anthropic/ThinkingPlan.swift", "\(formats)/OpenAIChat/OpenAIChatRequestEncoder.swift",
            "\(formats)/OpenAIChat/OpenAIChatRequestEncoder+Messages.swift",
            "\(formats)/OpenAIChat/OpenAIChatRequestEncoder+Parts.swift",
            "\(formats)/OpenAIChat/OpenAIChatRequestEncoder+Tools.swift", "Sources/OmniTranslate/Normalize/Turn.swift",
            "\(formats)/Ollama/OllamaRequestEncoder.swift", "\(formats)/Ollama/OllamaRequestEncoder+Messages.swift",
            "\(formats)/Ollama/OllamaRequestEncoder+Tools.swift",
            "\(formats)/Gemini/GeminiRequestEncoder.swift", "\(formats)/Gemini/GeminiThinking.swift",
            "\(formats)/Gemini/GeminiRequestEncoder+Configuration.swift",
            "\(formats)/Gemini/GeminiRequestEncoder+Contents.swift",
            "\(formats)/Gemini/GeminiRequestEncoder+Media.swift", "\(formats)/Gemini/GeminiRequestEncoder+Tools.swift",
            "\(formats)/Gemini/GeminiOpenAPISchema.swift",
        ]
        var count = 0
        for file in files {
            for pair in reportedPairs(in: try SourceTree.text(file)) {
                for field in pair.fields {
                    count += 1
                    let isListed = rows.contains { $0.contains("`\(field)`") && $0.contains("| \(pair.reason) |") }
                    #expect(isListed, "\(field) (\(pair.reason)) of \(file) is missing in docs/translation.md")
                }
            }
        }
        #expect(count > 40)
    }

    @Test func everySilentFieldIsInTheDocumentation() throws {
        let text = try SourceTree.text("docs/translation.md")
        for (name, fate) in FieldCoverageTests.towardsAnthropic.merging(
            FieldCoverageTests.towardsChat, uniquingKeysWith: { first, _ in first })
        where fate == .silent && name != "model" {
            #expect(text.contains("`\(name)"), "\(name)")
        }
    }
}
