import OmniJSON
import OmniTranslate
import Testing

@Suite struct ThinkingBudgetTests {
    private static func budget(_ change: (inout ThinkingBudget) -> Void) -> ThinkingBudget {
        var budget = ThinkingBudget()
        change(&budget)
        return budget
    }

    private static func request(asks: Bool, origin: WireFormat = .openAIChat) -> CanonicalRequest {
        var request = CanonicalRequest(origin: origin, model: "m")
        if asks { request.reasoning = Reasoning(effort: .low) }
        return request
    }

    private static let context = TranslationContext(model: "m", provider: "p")

    @Test(arguments: [true, false])
    func passthroughChangesNothing(asks: Bool) {
        let shaped = ThinkingBudget().applied(
            to: Self.request(asks: asks), format: .openAIChat, context: Self.context)
        #expect(shaped.map { _ in true } == nil)
    }

    @Test func autoTakesTheWishOut() {
        let auto = Self.budget { $0.mode = .auto }
        let shaped = auto.applied(to: Self.request(asks: true), format: .ollama, context: Self.context)
        #expect(shaped.map { $0.reasoning.map { _ in true } } == .some(nil))
        let unasked = auto.applied(to: Self.request(asks: false), format: .ollama, context: Self.context)
        #expect(unasked.map { _ in true } == nil)
    }

    @Test(
        arguments: [
            (0, .none), (1, .low), (1024, .low), (1025, .medium), (10_240, .medium), (10_241, .high), (131_072, .high),
        ] as [(Int, Reasoning.Effort)])
    func aBudgetIsAlsoSaidInWords(tokens: Int, effort: Reasoning.Effort) throws {
        let custom = Self.budget {
            $0.mode = .custom
            $0.customBudget = tokens
        }
        let shaped = custom.applied(to: Self.request(asks: true), format: .openAIChat, context: Self.context)
        let reasoning = try #require(shaped?.reasoning)
        #expect(reasoning.effort == effort)
        #expect(reasoning.budgetTokens == (tokens > 0 ? tokens : nil))
    }

    @Test(
        arguments: [
            ("openai", "gpt-5", .openAIChat, true), ("openai", "gpt-4o", .openAIChat, false),
            ("p", "claude-opus-4-5", .anthropicMessages, true), ("p", "claude-3-5-haiku", .anthropicMessages, false),
            ("p", "m", .anthropicMessages, false), ("gemini", "gemini-2.5-flash", .gemini, true),
            ("gemini", "gemini-2.0-flash", .gemini, false), ("p", "m", .ollama, false),
        ] as [(String, String, WireFormat, Bool)])
    func modelsNotKnownToThinkAreNotAsked(provider: String, model: String, format: WireFormat, isAsked: Bool) {
        let context = TranslationContext(
            model: model, provider: provider,
            capabilities: .lookup(provider: provider, model: model, maxOutput: nil))
        let custom = Self.budget { $0.mode = .custom }
        let shaped = custom.applied(to: Self.request(asks: false), format: format, context: context)
        #expect((shaped?.reasoning.map { _ in true } ?? false) == isAsked)
        // A client that did not ask for thoughts does not want to see them.
        #expect(shaped?.reasoning?.visibility == (isAsked ? .hidden : nil))
    }

    @Test(
        arguments: [
            (.none, 10, 3, 2000, nil), (.low, 10, 3, 2000, 1024), (.low, 11, 3, 2000, 1536), (.low, 10, 4, 2000, 1536),
            (.low, 10, 3, 2001, 1331), (.medium, 11, 4, 2001, 23_552), (.high, 11, 4, 2001, 131_072),
        ] as [(ThinkingBudget.Level, Int, Int, Int, Int?)])
    func adaptiveGrows(level: ThinkingBudget.Level, messages: Int, tools: Int, length: Int, expected: Int?) throws {
        let adaptive = Self.budget {
            $0.mode = .adaptive
            $0.effortLevel = level
        }
        let turns = (0..<messages).map { _ in
            #"{"role":"user","content":"\#(String(repeating: "x", count: length))"}"#
        }
        let list = (0..<tools).map { #"{"type":"function","function":{"name":"f\#($0)"}}"# }
        let body =
            #"{"model":"m","reasoning_effort":"low","messages":[\#(turns.joined(separator: ","))],"#
            + #""tools":[\#(list.joined(separator: ","))]}"#
        let request = try Translator.decodeRequest(JSONValue(parsing: Array(body.utf8)), from: .openAIChat)
        let shaped = adaptive.applied(to: request, format: .openAIChat, context: Self.context)
        #expect(shaped?.reasoning?.budgetTokens == expected)
        #expect((shaped?.reasoning?.effort == Reasoning.Effort.none) == (expected == nil))
    }
}
