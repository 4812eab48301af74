import OmniJSON

/// Tiers an answer was served at, as Anthropic's `usage` names them.
enum AnthropicServiceTier {
    /// OpenAI's `default` is Anthropic's `standard`; of the others only `priority` has a counterpart.
    static func inUsage(_ tier: JSONText) -> JSONText? {
        if tier.equals("default") { return "standard" }
        let known: [StaticString] = ["standard", "priority", "batch"]
        return known.contains { tier.equals($0) } ? tier : nil
    }
}
