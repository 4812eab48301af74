import Testing

@testable import OmniTranslate

/// What a model takes is told by its name.
@Suite struct GeminiModelTests {
    struct Case: Sendable, CustomStringConvertible {
        let name: String
        let thinking: String
        let takesSchema: Bool
        let demandsSignatures: Bool
        var description: String { name }

        init(_ name: String, _ thinking: String, schema: Bool = true, signatures: Bool = false) {
            self.name = name
            self.thinking = thinking
            takesSchema = schema
            demandsSignatures = signatures
        }
    }

    private static let cases = [
        Case("gemini-2.0-flash", "none", schema: false), Case("gemini-1.5-pro", "none", schema: false),
        Case("gemini-2.5-pro", "128-32768"), Case("gemini-2.5-flash", "0-24576"), Case("Gemini-2.5-Flash", "0-24576"),
        Case("gemini-2.5-flash-lite", "0,512-24576"), Case("gemini-2.5-flash-image", "none"),
        Case("gemini-2.5-flash-preview-tts", "none"), Case("models/gemini-2.5-flash", "0-24576"),
        Case("google/gemini-2.5-flash/", "0-24576"), Case("gemini-2-flash", "none", schema: false),
        Case("gemini-3-pro-preview", "low high", signatures: true),
        Case("gemini-3.1-pro", "low medium high", signatures: true),
        Case("gemini-3-flash", "minimal low medium high", signatures: true),
        Case("gemini-3.7-flash", "low medium high", signatures: true),
        Case("gemini-3.7-flash-lite", "minimal low medium high", signatures: true),
        Case("gemini-3.10-flash", "low medium high", signatures: true),
        Case("gemini-flash-latest", "low medium high", signatures: true),
        Case("gemini-20260101-flash", "low medium high", signatures: true),
        Case("gemini-2a.5-flash", "low medium high", signatures: true),
        Case("gemma-3-27b", "none", schema: false), Case("notgemini-3-pro", "none", schema: false),
        Case("", "none", schema: false), Case("/", "none", schema: false),
        Case("gemini", "low medium high", signatures: true),
    ]

    @Test(arguments: cases) func abilities(expected: Case) {
        let model = GeminiModel(model: expected.name, provider: "gemini")
        #expect(Self.words(model.thinking) == expected.thinking)
        #expect(model.takesJSONSchema == expected.takesSchema)
        #expect(!GeminiModel(model: expected.name, provider: "vertex").takesJSONSchema)
        #expect(model.demandsSignatures == expected.demandsSignatures)
        #expect(
            model.takesResultMedia == expected.demandsSignatures && model.combinesTools == expected.demandsSignatures)
        #expect(model.takesSystemInstruction == !expected.name.hasPrefix("gemma"))
    }

    private static func words(_ thinking: GeminiModel.Thinking) -> String {
        switch thinking {
        case .none: return "none"
        case .level(let levels): return levels.map(\.rawValue).joined(separator: " ")
        case .budget(let range, let canBeOff):
            let bounds = "\(range.lowerBound)-\(range.upperBound)"
            return canBeOff ? (range.lowerBound == 1 ? "0-\(range.upperBound)" : "0,\(bounds)") : bounds
        }
    }
}
