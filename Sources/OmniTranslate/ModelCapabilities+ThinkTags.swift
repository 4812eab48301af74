extension ModelCapabilities {
    /// Vendors whose own endpoints tell thoughts apart; a tag in their text is the model speaking of tags.
    private static let separateThoughts: Set<String> = [
        "openai", "codex", "github", "anthropic", "claude", "gemini", "gemini-cli", "vertex", "mistral", "xai",
        "cohere",
        "deepseek", "kimi", "sim",
    ]

    /// Whether an endpoint may leave thoughts in the text, from its provider and the model's name in small letters.
    ///
    /// An open beginning is assumed only of custom Chat endpoints, since a wrong guess makes a whole answer thoughts:
    /// hosters of the catalogue either tell thoughts apart or send both tags, and so does Ollama, whose names have a colon.
    static func thinkTags(provider: String, model name: String) -> ThinkTags {
        guard !separateThoughts.contains(provider) else { return .ignored }
        guard provider.hasPrefix("openai-compatible"), !name.contains(":") else { return .atStart }
        // Their templates end with the tag, and they cannot be told not to think:
        // https://huggingface.co/deepseek-ai/DeepSeek-R1, https://huggingface.co/Qwen/QwQ-32B,
        // https://huggingface.co/Qwen/Qwen3-30B-A3B-Thinking-2507
        let opensInTemplate =
            name.contains("deepseek-r1") || name.contains("qwq") || name.contains("qwen3") && name.contains("thinking")
        return opensInTemplate ? .alreadyOpen : .atStart
    }
}
