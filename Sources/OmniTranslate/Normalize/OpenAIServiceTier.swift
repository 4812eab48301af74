import OmniJSON

/// Tiers an answer was served at, as OpenAI's dialects name them.
enum OpenAIServiceTier {
    /// Anthropic's `standard` is chat's `default`; `batch` has no counterpart.
    static func inChat(_ tier: JSONText) -> JSONText? {
        if tier.equals("standard") { return "default" }
        return tier.equals("batch") ? nil : tier
    }

    /// Typed clients know these tiers only.
    static func inResponses(_ tier: JSONText) -> JSONText? {
        if tier.equals("standard") { return "default" }
        let known: [StaticString] = ["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"]
        return known.contains { tier.equals($0) } ? tier : nil
    }
}
