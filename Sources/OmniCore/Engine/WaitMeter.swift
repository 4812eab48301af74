/// Adds up the time a request waits for others: for upstreams, for a free place, for the end of a pause.
///
/// What is left of the time until the answer begins is the router's own. A wait goes on until ``pause()``, so that each
/// piece that arrives costs one look at the clock and no bookkeeping in between.
struct WaitMeter {
    /// Nanoseconds of all waits up to the last time something came.
    private(set) var total: UInt64 = 0
    /// Since when the present wait has not been counted; nil while nobody is waited for.
    private var since: UInt64?

    mutating func begin(at now: UInt64) { since = now }

    /// Something came that was waited for, and more may follow.
    mutating func heard(at now: UInt64) {
        guard let since else { return }
        total &+= now &- since
        self.since = now
    }

    /// From here on the router itself is at work.
    mutating func pause() { since = nil }
}

extension RequestExecution {
    /// Enters when the answer begins, and how much of the time until then was the router's own.
    func noteBeginning() {
        let elapsed = engine.clock.monotonicNanoseconds() &- startedAt
        record.timeToFirstTokenMS = Int(elapsed / 1_000_000)
        noteOverhead(elapsed: elapsed)
    }

    /// - Parameter elapsed: nanoseconds since the request came.
    func noteOverhead(elapsed: UInt64) {
        record.overheadMicroseconds = Int((elapsed - min(waits.total, elapsed)) / 1000)
    }

    /// Counts the time until now as waiting.
    func noteHeard() { waits.heard(at: engine.clock.monotonicNanoseconds()) }

    func noteWaitBegins() { waits.begin(at: engine.clock.monotonicNanoseconds()) }

    /// Tells a client that asked for it how long the router itself took.
    func addOverhead(to headers: inout [(name: String, value: String)]) {
        guard request.wantsOverhead, let overhead = record.overheadMicroseconds else { return }
        headers.append(("x-omniroute-overhead", String(overhead)))
    }
}
