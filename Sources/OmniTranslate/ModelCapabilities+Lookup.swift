extension ModelCapabilities {
    /// What is known of a model from its name and its provider.
    ///
    /// - Parameters: provider: a catalogue id or a node id. model: the upstream's id. maxOutput: the catalogue's limit.
    public static func lookup(provider: String, model: String, maxOutput: Int?) -> ModelCapabilities {
        var capabilities = ModelCapabilities()
        capabilities.maxOutputTokens = maxOutput
        let name = model.lowercased().split(separator: "/").last.map(String.init) ?? model.lowercased()
        capabilities.isOpenAI = provider == "openai"
        capabilities.endsStreamsWithDone = capabilities.isOpenAI
        if capabilities.isOpenAI {
            capabilities.usesMaxCompletionTokens = true
            let version = ModelVersion(name)
            let isOSeries = name.hasPrefix("o1") || name.hasPrefix("o3") || name.hasPrefix("o4")
            if isOSeries || name.hasPrefix("gpt-") && version.isAtLeast(5, 0) {
                capabilities.isOpenAIReasoning = true
                capabilities.allowsDeveloperRole = true
                capabilities.efforts = isOSeries ? [.low, .medium, .high] : efforts(ofGPT: version)
                capabilities.supportsCacheBreakpoints = !isOSeries && version.isAtLeast(5, 6)
            }
        }
        capabilities.replaysReasoningContent = name.contains("deepseek") || name.contains("kimi")
        capabilities.usesNineCharacterCallIDs = provider == "mistral"
        capabilities.takesThinkLevels = name.hasPrefix("gpt-oss")
        capabilities.thinkTags = thinkTags(provider: provider, model: name)
        // Other vendors of Anthropic's format may ignore the field without a word; instructions work everywhere.
        capabilities.supportsJSONSchema = false
        if name.contains("claude") { capabilities.apply(claude: ModelVersion(name)) }
        return capabilities
    }

    private static func efforts(ofGPT version: ModelVersion) -> Set<Reasoning.Effort> {
        if !version.isAtLeast(5, 1) { return [.minimal, .low, .medium, .high] }
        if !version.isAtLeast(5, 2) { return [.none, .low, .medium, .high] }
        return version.isAtLeast(5, 6)
            ? [.none, .low, .medium, .high, .xhigh, .max] : [.none, .low, .medium, .high, .xhigh]
    }

    private mutating func apply(claude version: ModelVersion) {
        let isAtLeast46 = version.isAtLeast(4, 6)
        let isAtLeast47 = version.isAtLeast(4, 7)
        allowsAssistantPrefill = !isAtLeast46
        allowsSampling = !isAtLeast47
        if isAtLeast46 {
            thinking = version.isAlwaysThinking ? .adaptiveOnly : .adaptive
        } else {
            thinking = version.isAtLeast(3, 7) ? .budget : .none
        }
        efforts = isAtLeast47 ? [.low, .medium, .high, .xhigh, .max] : [.low, .medium, .high, .max]
        allowsMidConversationSystem = version.isAtLeast(4, 8)
        supportsJSONSchema = version.isAtLeast(4, 5)
        maxOutputTokens = maxOutputTokens ?? version.claudeOutput
    }
}

/// The version in a model's name: `claude-opus-4-6`, `claude-sonnet-4-5-20250929`, `claude-3-5-haiku`, `gpt-5.6`.
struct ModelVersion {
    /// 4 when the name has no number, as in `claude-latest`.
    let major: Int
    let minor: Int
    /// Whether the model, a Claude, cannot be told not to think.
    let isAlwaysThinking: Bool
    private let isOpus: Bool

    init(_ name: String) {
        isOpus = name.contains("opus")
        isAlwaysThinking = name.contains("fable") || name.contains("mythos")
        let numbers = name.split(whereSeparator: { $0 == "-" || $0 == "." || $0 == "@" || $0 == "_" })
            .compactMap { $0.count <= 2 ? Int($0) : nil }
        major = numbers.first ?? 4
        minor = numbers.count > 1 ? numbers[1] : 0
    }

    func isAtLeast(_ major: Int, _ minor: Int) -> Bool { (self.major, self.minor) >= (major, minor) }

    /// What a Claude is asked for where nobody said how much: never more than the published limit of any of its version.
    ///
    /// Those before 4.5 refuse a limit for which no room is left in their context, and so are asked for less.
    var claudeOutput: Int {
        if isAtLeast(4, 6) { return 64000 }
        if isAtLeast(4, 5) { return isOpus ? 32000 : 64000 }
        return isAtLeast(3, 7) ? 32000 : isAtLeast(3, 5) ? 8192 : 4096
    }
}
