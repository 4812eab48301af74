/// When the next run is due.
public struct SyncSchedule: Sendable, Hashable {
    /// Milliseconds since 1970; nil while nothing is to be done.
    public private(set) var dueAt: Int64?

    /// After a change, so that several in a row are one run.
    static let changeDelay: Int64 = 5000
    /// After the daemon began.
    static let startDelay: Int64 = 3000
    private static let firstRetry: Int64 = 15_000
    private static let longestRetry: Int64 = 3_600_000

    public init() {}

    public func isDue(at now: Int64) -> Bool { dueAt.map { $0 <= now } ?? false }

    public mutating func stop() { dueAt = nil }

    public mutating func began(at now: Int64) { dueAt = now + Self.startDelay }

    /// Does not put a run off that is due before.
    public mutating func changed(at now: Int64) { dueAt = min(dueAt ?? .max, now + Self.changeDelay) }

    /// What changes during a run is the next one's business, soon.
    /// - Parameter chance: from 0 to 1; spreads machines that were started together.
    public mutating func succeeded(at now: Int64, interval: Duration, chance: Double) {
        dueAt = min(dueAt ?? .max, now + Self.spread(interval.components.seconds * 1000, chance))
    }

    /// - Parameter failures: in a row, this one included.
    public mutating func failed(at now: Int64, failures: Int, interval: Duration, chance: Double) {
        let doubled = Self.firstRetry << Int64(min(max(failures - 1, 0), 10))
        // Never later than an ordinary run would be, unless that is often.
        let longest = max(min(interval.components.seconds * 1000, Self.longestRetry), Self.firstRetry)
        dueAt = now + Self.spread(min(doubled, max(longest, Self.longestRetry / 4)), chance)
    }

    /// A tenth more or less.
    private static func spread(_ milliseconds: Int64, _ chance: Double) -> Int64 {
        milliseconds - milliseconds / 10 + Int64(Double(milliseconds / 5) * chance)
    }
}
