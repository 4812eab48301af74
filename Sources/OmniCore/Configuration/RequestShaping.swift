public import OmniTranslate

/// What the owner of the router changes in every request before it is sent on.
public struct RequestShaping: Sendable, Hashable {
    public var thinking = ThinkingBudget()
    public var systemPrompt = SystemPrompt()

    /// Instructions that come before the client's own.
    public struct SystemPrompt: Sendable, Hashable {
        /// The longest prompt, in bytes.
        public static let maximumBytes = 50_000

        public var isEnabled = false
        /// Kept while it is off.
        public var prompt = ""

        public init() {}
    }

    public init() {}

    /// Whether requests stay as they are.
    public var isNothing: Bool {
        thinking.mode == .passthrough && (!systemPrompt.isEnabled || systemPrompt.prompt.isEmpty)
    }
}
