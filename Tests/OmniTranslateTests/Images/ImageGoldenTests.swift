import OmniJSON
import Testing

@testable import OmniTranslate

/// Requests for images as each upstream gets them, and its answers as clients get them.
@Suite struct ImageGoldenTests {
    private static let models: [ImageDialect: String] = [
        .openAI: "gpt-image-2", .xAI: "grok-imagine-image", .together: "black-forest-labs/FLUX.1.1-pro",
        .fireworksFlux: "accounts/fireworks/models/flux-1-dev-fp8",
        .fireworksKontext: "accounts/fireworks/models/flux-kontext-pro",
        .fireworksSDXL: "accounts/fireworks/models/stable-diffusion-xl-1024-v1-0",
        .gemini: "gemini-3-pro-image-preview", .imagen: "imagen-4.0-generate-001",
        .openRouter: "google/gemini-2.5-flash-image",
    ]

    private static func sample(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: Array(SourceTree.text("Tests/OmniTranslateTests/Samples/Images/\(name).json").utf8))
    }

    @Test(arguments: ImageDialect.allCases)
    func requestsAreWritten(dialect: ImageDialect) throws {
        let body = try Self.sample("generation")
        let request = try ImageRequest(body, for: .generation)
        try Self.expect(request, body, dialect, file: "generation.\(dialect)")
    }

    @Test(arguments: [.xAI, .gemini, .openRouter] as [ImageDialect])
    func editsAreWritten(dialect: ImageDialect) throws {
        let body = try Self.sample("edit")
        var request = try ImageRequest(body, for: .edit)
        let addresses = request.addresses(for: dialect)
        #expect(addresses == (dialect == .gemini ? ["https://example.com/b.png"] : []))
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        try request.embed([JSONText("https://example.com/b.png"): .init(mediaType: "text/html", bytes: png)])
        try Self.expect(request, body, dialect, file: "edit.\(dialect)")
    }

    /// The request, and behind it what was lost.
    private static func expect(
        _ request: ImageRequest, _ body: JSONValue, _ dialect: ImageDialect, file: String
    ) throws {
        var report = TranslationReport()
        let written = try request.encoded(
            to: dialect, body: body, model: #require(models[dialect]), count: request.count, isStrict: false,
            report: &report)
        let losses = report.headerValue.map { "\n\($0)" } ?? ""
        try GoldenFile.expect(
            JSONValue(parsing: written).indented() + losses + "\n", in: "Images/\(file).txt")
    }

    @Test(
        arguments: [
            ("openai", .openAI), ("xai", .xAI), ("together", .together), ("fireworks", .fireworksFlux),
            ("kontext", .fireworksKontext),
            ("gemini", .gemini), ("imagen", .imagen), ("openrouter", .openRouter),
        ] as [(String, ImageDialect)])
    func answersAreRead(name: String, dialect: ImageDialect) throws {
        let answer = try ImageAnswer(Self.sample("answers/\(name)"), of: dialect)
        let written = answer.encoded(created: 1_790_000_000)
        try GoldenFile.expect(
            JSONValue(parsing: written).indented() + "\n", in: "Images/answers/\(name).expected.json")
        #expect((answer.objection != nil) == (dialect == .imagen))
    }
}
