import OmniTranslate
import Testing

/// What is known of a model from its name alone: the family table of spec A.3.3 and OpenAI's generations.
@Suite struct ModelCapabilitiesTests {
    @Test(
        "Claude families",
        arguments: [
            // name, sampling, thinking, prefill, later system turns, output schema
            ("claude-3-5-haiku-latest", true, .none, true, false, false),
            ("claude-3-7-sonnet-20250219", true, .budget, true, false, false),
            ("claude-opus-4-20250514", true, .budget, true, false, false),
            ("claude-sonnet-4-5-20250929", true, .budget, true, false, true),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", true, .budget, true, false, true),
            ("anthropic/claude-sonnet-4.6", true, .adaptive, false, false, true),
            ("claude-opus-4-7", false, .adaptive, false, false, true),
            ("claude-opus-4-8", false, .adaptive, false, true, true),
            ("claude-sonnet-5", false, .adaptive, false, true, true),
            ("claude-fable-5", false, .adaptiveOnly, false, true, true),
            ("claude-mythos-5-1", false, .adaptiveOnly, false, true, true),
            ("claude-haiku-5-5", false, .adaptive, false, true, true),
            ("claude-latest", true, .budget, true, false, false),
        ] as [(String, Bool, ModelCapabilities.Thinking, Bool, Bool, Bool)])
    func claude(
        name: String, sampling: Bool, thinking: ModelCapabilities.Thinking, prefill: Bool, system: Bool, schema: Bool
    ) {
        let known = ModelCapabilities.lookup(provider: "anthropic", model: name, maxOutput: nil)
        #expect(known.allowsSampling == sampling)
        #expect(known.thinking == thinking)
        #expect(known.allowsAssistantPrefill == prefill)
        #expect(known.allowsMidConversationSystem == system)
        #expect(known.supportsJSONSchema == schema)
        #expect(!known.isOpenAI)
    }

    @Test(
        "OpenAI generations",
        arguments: [
            ("gpt-4o", false, false), ("gpt-4.1-mini", false, false), ("o3", true, false), ("o4-mini", true, false),
            ("gpt-5", true, false),
            ("gpt-5.1-codex", true, false), ("gpt-5.6", true, true), ("gpt-6-luna", true, true), ("gpt-10", true, true),
            ("chatgpt-4o-latest", false, false),
        ])
    func openAI(name: String, isReasoning: Bool, marks: Bool) {
        let known = ModelCapabilities.lookup(provider: "openai", model: name, maxOutput: 7)
        #expect(known.isOpenAI && known.usesMaxCompletionTokens)
        #expect(known.isOpenAIReasoning == isReasoning && known.allowsDeveloperRole == isReasoning)
        #expect(known.supportsCacheBreakpoints == marks)
        #expect(known.maxOutputTokens == 7)
        #expect(known.endsStreamsWithDone)
    }

    @Test func theSameNameElsewhereIsNotOpenAIs() {
        let known = ModelCapabilities.lookup(provider: "openrouter", model: "openai/gpt-5", maxOutput: nil)
        #expect(!known.isOpenAI && !known.isOpenAIReasoning && !known.usesMaxCompletionTokens)
        #expect(!known.endsStreamsWithDone)
    }

    @Test func quirksOfOtherProviders() {
        #expect(
            ModelCapabilities.lookup(provider: "mistral", model: "mistral-large", maxOutput: nil)
                .usesNineCharacterCallIDs)
        #expect(
            ModelCapabilities.lookup(provider: "x", model: "Moonshot/Kimi-K2", maxOutput: nil).replaysReasoningContent)
        #expect(!ModelCapabilities.lookup(provider: "x", model: "kimi-k2", maxOutput: nil).supportsJSONSchema)
    }

    @Test(
        arguments: [
            ("openai", "gpt-5", .ignored), ("anthropic", "claude-opus-4-8", .ignored),
            ("gemini", "gemini-3-pro", .ignored),
            ("deepseek", "deepseek-r1", .ignored), ("sim", "echo", .ignored),
            ("ollama", "deepseek-r1:8b", .atStart), ("together", "deepseek-ai/DeepSeek-R1", .atStart),
            ("openai-compatible-chat-7f", "llama-3.3", .atStart),
            ("openai-compatible-chat-7f", "Qwen/Qwen3-8B", .atStart),
            ("openai-compatible-chat-7f", "qwq:32b", .atStart),
            ("openai-compatible-chat-7f", "Qwen/QwQ-32B", .alreadyOpen),
            ("openai-compatible-chat-7f", "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", .alreadyOpen),
            ("openai-compatible-chat-7f", "Qwen/Qwen3-30B-A3B-Thinking-2507", .alreadyOpen),
            ("openai-compatible-chat-7f", "Qwen/Qwen3-30B-A3B-Instruct-2507", .atStart),
        ] as [(String, String, ModelCapabilities.ThinkTags)])
    func thoughtsBetweenTags(provider: String, model: String, tags: ModelCapabilities.ThinkTags) {
        #expect(ModelCapabilities.lookup(provider: provider, model: model, maxOutput: nil).thinkTags == tags)
    }
}
