/// What an upstream's headers say about when to come back and how much is left.
///
/// Read from answers of every status: a good answer that says "no request left" saves the next one from a refusal.
public struct ResetHints: Sendable, Hashable {
    /// One allowance: how much of it there is, how much is left and when it is whole again.
    public struct Allowance: Sendable, Hashable {
        public var limit: Double?
        public var remaining: Double?
        /// Nanoseconds from now until it is whole again.
        public var reset: UInt64?

        public init(limit: Double? = nil, remaining: Double? = nil, reset: UInt64? = nil) {
            self.limit = limit
            self.remaining = remaining
            self.reset = reset
        }

        var isEmpty: Bool { limit == nil && remaining == nil && reset == nil }
    }

    /// Nanoseconds the upstream asked to be left alone, from `retry-after-ms` or `retry-after`.
    public var retryAfter: UInt64?
    public var requests = Allowance()
    public var tokens = Allowance()
    /// A reset that names no allowance (`x-ratelimit-reset`).
    public var reset: UInt64?
    /// What was told of a subscription.
    public var windows: [SubscriptionWindow] = []

    public init() {}

    /// - Parameters:
    ///   - headers: names in lower case; order does not matter.
    ///   - now: milliseconds since 1970.
    public init(headers: some Sequence<(name: String, value: String)>, now: Int64) {
        var seconds: UInt64?
        var hasWindows = false
        for (name, value) in headers {
            // Most headers are about something else: two comparisons settle it.
            guard let first = name.utf8.first, first == 0x72 || first == 0x78 || first == 0x61 else { continue }
            switch name {
            case "retry-after-ms": retryAfter = ResetTime.milliseconds(value)
            case "retry-after": seconds = ResetTime.retryAfter(value, now: now)
            default:
                if name.hasPrefix("x-codex-") || name.hasPrefix("anthropic-ratelimit-unified-") { hasWindows = true }
                read(name, value, now: now)
            }
        }
        if hasWindows { windows = SubscriptionWindow.read(headers, now: now) }
        retryAfter = retryAfter ?? seconds
        // Who names one allowance and one reset means them to belong together.
        if requests.reset == nil, requests.remaining != nil { requests.reset = reset }
    }

    private mutating func read(_ name: String, _ value: String, now: Int64) {
        switch name {
        case "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset", "anthropic-ratelimit-unified-reset":
            reset = longer(reset, ResetTime.reset(value, now: now))
        case "x-ratelimit-limit-requests", "x-ratelimit-limit", "anthropic-ratelimit-requests-limit":
            requests.limit = Double(value)
        case "x-ratelimit-remaining-requests", "x-ratelimit-remaining", "anthropic-ratelimit-requests-remaining":
            requests.remaining = Double(value)
        case "x-ratelimit-reset-requests", "anthropic-ratelimit-requests-reset":
            requests.reset = ResetTime.reset(value, now: now)
        case "x-ratelimit-limit-tokens", "anthropic-ratelimit-tokens-limit":
            tokens.limit = Double(value)
        case "x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining":
            tokens.remaining = Double(value)
        case "x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-reset":
            tokens.reset = ResetTime.reset(value, now: now)
        // Anthropic counts input and output apart; whichever is scarcer decides when there is no sum.
        case "anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-output-tokens-remaining":
            guard let left = Double(value), left == 0 else { return }
            tokens.remaining = 0
        case "anthropic-ratelimit-input-tokens-reset", "anthropic-ratelimit-output-tokens-reset":
            tokens.reset = longer(tokens.reset, ResetTime.reset(value, now: now))
        default: break
        }
    }

    private func longer(_ left: UInt64?, _ right: UInt64?) -> UInt64? {
        guard let left, let right else { return left ?? right }
        return max(left, right)
    }

    /// How long to leave the target alone after a refusal, best source first.
    ///
    /// - Parameters:
    ///   - isRateLimit: whether the refusal is about an allowance, so that the allowances' resets apply.
    ///   - body: nanoseconds the answer's body named.
    /// - Returns: nanoseconds; nil when the upstream said nothing.
    public func wait(isRateLimit: Bool, body: UInt64? = nil) -> UInt64? {
        if let retryAfter { return retryAfter }
        if let body { return body }
        guard isRateLimit else { return nil }
        // What still has something left is not what was refused.
        let exhausted = [requests, tokens].filter { $0.reset != nil && ($0.remaining ?? 1) < 1 }
        if !exhausted.isEmpty { return exhausted.compactMap(\.reset).max() }
        if let reset { return reset }
        return [requests, tokens].filter { $0.remaining == nil }.compactMap(\.reset).max()
    }

    /// Whole seconds for the client's own `retry-after`, rounded up.
    /// - Parameter now: milliseconds since 1970.
    static func retryAfterSeconds(_ value: String?, now: Int64) -> Int? {
        guard let value, let nanoseconds = ResetTime.retryAfter(value, now: now) else { return nil }
        return seconds(nanoseconds)
    }

    static func seconds(_ nanoseconds: UInt64) -> Int {
        Int(min(nanoseconds / 1_000_000_000 + (nanoseconds % 1_000_000_000 == 0 ? 0 : 1), 1_000_000_000))
    }

    /// Whether the headers said anything about allowances.
    var hasAllowances: Bool { !requests.isEmpty || !tokens.isEmpty }
}
