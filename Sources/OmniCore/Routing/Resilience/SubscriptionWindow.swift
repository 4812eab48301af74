/// How much of a subscription's window is used up, as an upstream's headers tell it.
///
/// Claude's subscriptions: `anthropic-ratelimit-unified-5h-utilization` (a fraction) and `-reset` (seconds since 1970),
/// the same for `7d`. ChatGPT's: `x-codex-primary-used-percent`, `-window-minutes`, `-reset-at` or
/// `-reset-after-seconds`, the same for `secondary`.
public struct SubscriptionWindow: Sendable, Hashable {
    /// `session` for the shorter of ChatGPT's and Claude's windows, `weekly` for the longer one, else the upstream's word.
    public var name: String
    /// From 0 to 1, or more where the upstream lets it.
    public var used: Double
    /// Milliseconds since 1970.
    public var resetsAt: Int64?
    /// When it was told, in milliseconds since 1970.
    public var toldAt: Int64

    public init(name: String, used: Double, resetsAt: Int64?, toldAt: Int64) {
        self.name = name
        self.used = used
        self.resetsAt = resetsAt
        self.toldAt = toldAt
    }

    /// Whether what was told still holds.
    public func isCurrent(at now: Int64) -> Bool { resetsAt.map { $0 > now } ?? true }

    /// - Parameters:
    ///   - headers: names in lower case.
    ///   - now: milliseconds since 1970.
    static func read(_ headers: some Sequence<(name: String, value: String)>, now: Int64) -> [SubscriptionWindow] {
        var used: [String: Double] = [:]
        var resets: [String: Int64] = [:]
        for (name, value) in headers {
            guard let (window, field) = parts(of: name), let number = Double(value), number.isFinite else { continue }
            switch field {
            case "utilization": used[window] = max(0, number)
            case "used-percent": used[window] = max(0, number / 100)
            case "reset", "reset-at": resets[window] = Int64(exactly: (number * 1000).rounded())
            case "reset-after-seconds": resets[window] = Int64(exactly: (number * 1000).rounded()).map { now + $0 }
            default: continue
            }
        }
        return used.map { SubscriptionWindow(name: $0.key, used: $0.value, resetsAt: resets[$0.key], toldAt: now) }
            .sorted { $0.name < $1.name }
    }

    private static func parts(of name: String) -> (window: String, field: Substring)? {
        for prefix in ["anthropic-ratelimit-unified-", "x-codex-"] where name.hasPrefix(prefix) {
            let rest = name.dropFirst(prefix.count)
            guard let dash = rest.firstIndex(of: "-") else { return nil }
            let window = rest[..<dash]
            return (names[window] ?? String(window), rest[rest.index(after: dash)...])
        }
        return nil
    }

    private static let names: [Substring: String] = [
        "5h": "session", "7d": "weekly", "primary": "session", "secondary": "weekly",
    ]
}
