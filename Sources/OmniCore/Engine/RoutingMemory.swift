import Synchronization

/// The one ``RouterHealth`` of a router behind its lock, with the clock and the dice that decisions need.
///
/// Each call holds the lock for one decision, some microseconds at most, and never across a suspension.
public final class RoutingMemory: Sendable {
    private struct State: Sendable {
        var health: RouterHealth
        var random: SplitMix64
    }

    private let state: Mutex<State>
    private let clock: any RouterClock

    /// - Parameter seed: of the dice; the same one and the same clock give the same decisions.
    public init(clock: any RouterClock, seed: UInt64 = .random(in: .min ... .max)) {
        self.clock = clock
        state = Mutex(State(health: RouterHealth(), random: SplitMix64(seed: seed)))
    }

    public var now: MonotonicInstant { MonotonicInstant(nanoseconds: clock.monotonicNanoseconds()) }

    // MARK: Requests

    func next(_ course: inout RouteCourse) -> RouteCourse.Decision {
        let now = now
        return state.withLock { course.next(at: now, health: &$0.health, random: &$0.random) }
    }

    func answering(_ course: inout RouteCourse, _ ticket: AttemptTicket) {
        let now = now
        state.withLock { course.answering(ticket, at: now, health: &$0.health) }
    }

    func ended(_ course: inout RouteCourse, _ ticket: AttemptTicket, _ outcome: AttemptOutcome) {
        let now = now
        state.withLock { _ = course.ended(ticket, outcome, at: now, health: &$0.health, random: &$0.random) }
    }

    /// Puts the settings of a snapshot in force, once no loop plans by an older one any more.
    public func adopt(_ snapshot: CatalogSnapshot) {
        let now = now
        withHealth { $0.adopt(snapshot, at: now) }
    }

    /// Reads or changes what is remembered.
    public func withHealth<Result: Sendable>(_ body: (inout RouterHealth) -> Result) -> Result {
        state.withLock { body(&$0.health) }
    }
}

/// SplitMix64: fast dice that are good enough to draw lots with (Steele, Lea and Flood, 2014).
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
