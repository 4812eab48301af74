/// Slows guessing down: after some failures a caller must wait, longer with every further one, never for good.
struct LoginThrottle: Sendable {
    private struct Failures {
        var count: Int
        /// Milliseconds since 1970.
        var lastAt: Int64
    }

    private var failures: [String: Failures] = [:]
    /// Failures that cost nothing, for people who mistype.
    private static let free = 5
    private static let longestWait: Int64 = 60_000
    private static let memory: Int64 = 900_000
    private static let maximumCallers = 10_000
    /// Programs on this machine, which guess for themselves only.
    static let thisMachine = "local"
    /// All others together: somebody with many addresses is slowed down too, and never this machine by them.
    private static let everyone = "everyone"
    private static let freeOfEveryone = 50

    /// Counts an attempt as failed, until ``succeeded(_:)`` says otherwise.
    /// - Returns: seconds to wait, when the caller may not try and nothing was counted.
    mutating func begin(_ caller: String, at now: Int64) -> Int? {
        let counted = caller == Self.thisMachine ? [caller] : [caller, Self.everyone]
        if let seconds = counted.compactMap({ wait(for: $0, at: now) }).max() { return seconds }
        for name in counted { failed(name, at: now) }
        return nil
    }

    /// - Returns: seconds to wait; nil when the caller may try.
    func wait(for caller: String, at now: Int64) -> Int? {
        let free = caller == Self.everyone ? Self.freeOfEveryone : Self.free
        guard let entry = failures[caller], entry.count >= free else { return nil }
        let wait = min(Self.longestWait, 1000 << Int64(min(entry.count - free, 6)))
        let remaining = entry.lastAt + wait - now
        return remaining > 0 ? Int((remaining + 999) / 1000) : nil
    }

    /// Callers who must wait now, with the time it ends.
    func locked(at now: Int64) -> [(caller: String, until: Int64)] {
        failures.keys.sorted().compactMap { caller in
            wait(for: caller, at: now).map { (caller, now + Int64($0) * 1000) }
        }
    }

    mutating func failed(_ caller: String, at now: Int64) {
        if failures.count >= Self.maximumCallers {
            failures = failures.filter { now - $0.value.lastAt < Self.longestWait }
            // Still full: a flood from many addresses. Forgetting the oldest half keeps memory bounded.
            if failures.count >= Self.maximumCallers {
                let kept = failures.sorted { $0.value.lastAt > $1.value.lastAt }.prefix(Self.maximumCallers / 2)
                failures = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
            }
        }
        let previous = failures[caller].flatMap { now - $0.lastAt < Self.memory ? $0.count : nil } ?? 0
        failures[caller] = Failures(count: previous + 1, lastAt: now)
    }

    mutating func succeeded(_ caller: String) {
        failures[caller] = nil
    }
}
