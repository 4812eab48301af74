import Synchronization

/// Requests that wait to be told to a collector of traces, bounded: one that is away costs traces, nothing else.
public final class TraceBuffer: Sendable {
    private struct State {
        var records: [UsageRecord] = []
        var dropped = 0
        var random: SplitMix64
    }

    private let state: Mutex<State>
    private let ratio: Double
    private let capacity: Int

    /// - Parameters:
    ///   - ratio: the share of requests that are told, from 0 to 1; what a client's `traceparent` says comes first.
    ///   - capacity: requests that may wait.
    public init(ratio: Double, capacity: Int = 4096, seed: UInt64 = .random(in: .min ... .max)) {
        self.ratio = ratio
        self.capacity = capacity
        state = Mutex(State(random: SplitMix64(seed: seed)))
    }

    /// Requests that were to be told and were not.
    public var dropped: Int { state.withLock { $0.dropped } }

    public func offer(_ records: [UsageRecord]) {
        state.withLock { state in
            for record in records {
                let isSampled =
                    record.traceParent.flatMap(TraceParent.init)?.isSampled
                    ?? (Double.random(in: 0..<1, using: &state.random) < ratio)
                guard isSampled else { continue }
                guard state.records.count < capacity else {
                    state.dropped += 1
                    continue
                }
                state.records.append(record)
            }
        }
    }

    func take(_ count: Int) -> [UsageRecord] {
        state.withLock { state in
            let taken = Array(state.records.prefix(count))
            state.records.removeFirst(taken.count)
            return taken
        }
    }

    /// Gives back what could not be told; what has no room is dropped, the oldest first.
    func putBack(_ records: [UsageRecord]) {
        state.withLock { state in
            let kept = records.suffix(max(0, capacity - state.records.count))
            state.dropped += records.count - kept.count
            state.records.insert(contentsOf: kept, at: 0)
        }
    }

    func drop(_ count: Int) { state.withLock { $0.dropped += count } }
}
