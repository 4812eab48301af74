/// What was looked at for one request and why it was kept or skipped, in order.
///
/// Numbers and enums only, so that naming things is left to whoever shows it.
public struct RouteTrace: Sendable {
    /// What an entry is about.
    public enum Subject: Sendable, Hashable {
        /// Into ``RoutePlan/targets``.
        case target(Int)
        /// The step of a combo: its name as ``RoutePlan/stepName(_:)`` says it.
        case step(Int)
    }

    public enum Decision: Sendable, Hashable {
        /// Attempted next.
        case chosen
        /// Attempted next, though a guess speaks against it, for nothing better is left.
        case lastResort
        case skipped(RouteSkip)
    }

    public struct Entry: Sendable, Hashable {
        public var subject: Subject
        public var decision: Decision
        public var at: MonotonicInstant
        /// When a skipped one may be attempted again, where that is known.
        public var readyAt: MonotonicInstant?
    }

    public private(set) var entries: [Entry] = []
    /// How many entries about skipped ones found no room.
    public private(set) var omitted = 0
    /// How many entries there may be; what was attempted always finds room.
    let limit: Int

    init(limit: Int = .max) { self.limit = limit }

    mutating func append(_ entry: Entry) {
        if case .skipped = entry.decision, entries.count >= limit {
            omitted += 1
        } else {
            entries.append(entry)
        }
    }
}

extension RoutePlan {
    /// A step's combo and position, such as `fast/0/openai/gpt-4o`.
    public func stepName(_ child: Int) -> String { stepKeys[child] }
}
