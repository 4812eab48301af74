extension ModelCapabilities {
    /// What is known of a model from its name and its provider.
    ///
    /// - Parameters: provider: a catalogue id or a node id. model: the upstream's id. maxOutput: the catalogue's limit.
    public static func lookup(provider: String, model: String, maxOutput: Int?) -> ModelCapabilities {
        var capabilities = ModelCapabilities()
        capabilities.maxOutputTokens = maxOutput
        let name = model.lowercased().split(separator: "/").last.map(String.init) ?? model.lowercased()
        capabilities.isOpenAI = provider == "openai"
        if capabilities.isOpenAI {
            let isReasoning =
                name.hasPrefix("o1") || name.hasPrefix("o3") || name.hasPrefix("o4")
                || name.hasPrefix("gpt-5") || name.hasPrefix("gpt-6")
            capabilities.isOpenAIReasoning = isReasoning
            capabilities.usesMaxCompletionTokens = true
            capabilities.allowsDeveloperRole = isReasoning
            capabilities.supportsXHighEffort = isReasoning
        }
        capabilities.replaysReasoningContent = name.contains("deepseek") || name.contains("kimi")
        capabilities.usesNineCharacterCallIDs = provider == "mistral"
        if name.contains("claude") { capabilities.apply(claude: ClaudeVersion(name)) }
        return capabilities
    }

    private mutating func apply(claude version: ClaudeVersion) {
        let isAtLeast46 = version.isAtLeast(4, 6)
        let isAtLeast47 = version.isAtLeast(4, 7)
        allowsAssistantPrefill = !isAtLeast46
        allowsSampling = !isAtLeast47
        thinking = isAtLeast47 ? (version.isAlwaysThinking ? .adaptiveOnly : .adaptive) : isAtLeast46 ? .adaptive : .budget
        supportsXHighEffort = isAtLeast47
        allowsMidConversationSystem = version.isAtLeast(4, 8)
        supportsJSONSchema = version.isAtLeast(4, 5)
    }
}

/// The version in a Claude model's name: `claude-opus-4-6`, `claude-sonnet-4-5-20250929`, `claude-3-5-haiku-latest`.
struct ClaudeVersion {
    let major: Int
    let minor: Int
    /// Whether the model cannot be told not to think.
    let isAlwaysThinking: Bool

    init(_ name: String) {
        isAlwaysThinking = name.contains("fable") || name.contains("mythos")
        let numbers = name.split(whereSeparator: { $0 == "-" || $0 == "." || $0 == "@" || $0 == "_" })
            .compactMap { $0.count <= 2 ? Int($0) : nil }
        major = numbers.first ?? 4
        minor = numbers.count > 1 ? numbers[1] : 0
    }

    func isAtLeast(_ major: Int, _ minor: Int) -> Bool { (self.major, self.minor) >= (major, minor) }
}
