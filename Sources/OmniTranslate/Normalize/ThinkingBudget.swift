import OmniJSON

/// How much models shall think, as the owner of the router decided for all requests.
public struct ThinkingBudget: Sendable, Hashable {
    public enum Mode: String, Sendable, CaseIterable {
        /// The client's own wish, or none.
        case passthrough
        /// The model's own choice: what clients wish is taken out.
        case auto
        /// A fixed budget.
        case custom
        /// A budget that grows with the conversation.
        case adaptive
    }

    /// Where ``Mode/adaptive`` begins.
    public enum Level: String, Sendable, CaseIterable { case none, low, medium, high }

    public static let range = 0...131_072

    /// Default: passthrough.
    public var mode = Mode.passthrough
    /// Tokens, for ``Mode/custom``; zero turns thinking off.
    ///
    /// Default: 10,240. Range: ``range``.
    public var customBudget = 10_240
    /// Default: medium.
    public var effortLevel = Level.medium

    public init() {}

    /// The request with the wish for thinking this setting makes of it.
    ///
    /// A client that asked for thinking gets the budget wherever it goes; one that did not gets it where the model is
    /// known to think, for others refuse to be asked. Limits of the model and of the answer are the encoder's affair.
    /// - Returns: nil when the request stays as it is.
    public func applied(
        to request: CanonicalRequest, format: WireFormat, context: TranslationContext
    ) -> CanonicalRequest? {
        var shaped = request
        switch mode {
        case .passthrough: return nil
        case .auto:
            guard request.reasoning != nil else { return nil }
            shaped.reasoning = nil
        case .custom, .adaptive:
            guard request.reasoning != nil || Self.thinks(format, context) else { return nil }
            let budget = mode == .custom ? customBudget : adaptiveBudget(for: request)
            shaped.reasoning = Reasoning(
                effort: Self.effort(of: budget), budgetTokens: budget > 0 ? budget : nil,
                visibility: Self.visibility(request))
        }
        return shaped
    }

    /// A long conversation, many tools and a long question are each taken for a harder task.
    private func adaptiveBudget(for request: CanonicalRequest) -> Int {
        let base =
            switch effortLevel {
            case .none: 0
            case .low: 1024
            case .medium: 10_240
            case .high: Self.range.upperBound
            }
        var tenths = 10
        if request.messages.count > 10 { tenths += 5 }
        if request.tools.count > 3 { tenths += 5 }
        if Self.lastQuestion(request) > 2000 { tenths += 3 }
        return min(base * tenths / 10, Self.range.upperBound)
    }

    /// Bytes of the user's last text.
    private static func lastQuestion(_ request: CanonicalRequest) -> Int {
        guard let last = request.messages.last(where: { $0.role == .user }) else { return 0 }
        return last.parts.reduce(0) { sum, part in
            if case .text(let text) = part { sum + text.text.escaped.count } else { sum }
        }
    }

    /// For models that are told how much in words.
    private static func effort(of budget: Int) -> Reasoning.Effort {
        switch budget {
        case ...0: .none
        case ...1024: .low
        case ...10_240: .medium
        default: .high
        }
    }

    /// Thoughts are shown to clients that asked for them in their own way, and not to those that never asked.
    private static func visibility(_ request: CanonicalRequest) -> Reasoning.Visibility? {
        guard let reasoning = request.reasoning else { return .hidden }
        if let visibility = reasoning.visibility { return visibility }
        return request.origin == .anthropicMessages && reasoning.native != nil ? .summary : nil
    }

    /// Whether the model is known to think when asked to.
    private static func thinks(_ format: WireFormat, _ context: TranslationContext) -> Bool {
        switch format {
        case .anthropicMessages:
            context.model.lowercased().contains("claude") && context.capabilities.thinking != .none
        case .openAIChat, .openAIResponses: context.capabilities.isOpenAIReasoning
        case .gemini:
            if case .none = GeminiModel(model: context.model, provider: context.provider).thinking {
                false
            } else {
                context.model.lowercased().contains("gemini")
            }
        // Its models are anybody's, and those that cannot think refuse.
        case .ollama: false
        }
    }
}
