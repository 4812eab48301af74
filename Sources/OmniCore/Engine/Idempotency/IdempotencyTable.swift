/// Which marked requests are being answered, who waits for their answers, and what the last ones were.
///
/// A value without clock and effects. A key is free, then running with one runner and any number of waiters, then done
/// until its window ends. A runner without an answer to keep hands the run to the next waiter; one whose answer is too
/// large lets all waiters run by themselves.
struct IdempotencyTable: Sendable {
    typealias Waiter = UInt64
    typealias Run = UInt64

    /// What bounds the memory.
    struct Limits: Sendable {
        var entries = 10_000
        /// Of all kept answers together.
        var bytes = 64 << 20
    }

    /// What a request is to do.
    enum Claim: Sendable, Hashable {
        /// Ask the upstream, and tell the end of this run.
        case run(Run)
        /// Ask the upstream; nobody waits for the answer.
        case runAlone
        case wait
        case replay(IdempotentAnswer)
        /// The key was used for another body.
        case conflict
    }

    /// A waiter and what it is to do now; never ``Claim/wait``.
    struct Wake: Sendable, Hashable {
        var waiter: Waiter
        var claim: Claim
    }

    private struct Running: Sendable {
        var run: Run
        var bodyDigest: [UInt8]
        var waiters: [Waiter] = []
    }

    private enum Entry: Sendable {
        case running(Running)
        case done(IdempotentAnswer, serial: UInt64)
    }

    /// Milliseconds after its completion for which an answer is repeated.
    var window: Int64 = 5000
    private let limits: Limits
    private var entries: [IdempotencyKey: Entry] = [:]
    /// Done entries, oldest first; those that are gone meanwhile are skipped.
    private var order: [(key: IdempotencyKey, serial: UInt64)] = []
    private var orderStart = 0
    private(set) var byteCount = 0
    private var counter: UInt64 = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    var count: Int { entries.count }

    mutating func claim(_ key: IdempotencyKey, bodyDigest: [UInt8], as waiter: Waiter, now: Int64) -> Claim {
        sweep(now: now)
        switch entries[key] {
        case .done(let answer, _) where answer.completedAt + window > now:
            return answer.bodyDigest == bodyDigest ? .replay(answer) : .conflict
        case .running(var running):
            guard running.bodyDigest == bodyDigest else { return .conflict }
            running.waiters.append(waiter)
            entries[key] = .running(running)
            return .wait
        case .done, nil:
            remove(key)
            guard makeRoom() else { return .runAlone }
            counter += 1
            entries[key] = .running(Running(run: counter, bodyDigest: bodyDigest))
            return .run(counter)
        }
    }

    /// A run ended.
    /// - Parameter answer: nil when there is none that duplicates may have; the next waiter tries then.
    mutating func complete(_ key: IdempotencyKey, _ run: Run, with answer: IdempotentAnswer?) -> [Wake] {
        guard case .running(var running) = entries[key], running.run == run else { return [] }
        if let answer {
            entries[key] = nil
            keep(answer)
            return running.waiters.map { Wake(waiter: $0, claim: .replay(answer)) }
        }
        guard !running.waiters.isEmpty else {
            entries[key] = nil
            return []
        }
        counter += 1
        running.run = counter
        let next = running.waiters.removeFirst()
        entries[key] = .running(running)
        return [Wake(waiter: next, claim: .run(counter))]
    }

    /// A run goes on, but its answer will not be kept.
    mutating func release(_ key: IdempotencyKey, _ run: Run) -> [Wake] {
        guard case .running(let running) = entries[key], running.run == run else { return [] }
        entries[key] = nil
        return running.waiters.map { Wake(waiter: $0, claim: .runAlone) }
    }

    /// A waiter's client left.
    mutating func leave(_ key: IdempotencyKey, _ waiter: Waiter) {
        guard case .running(var running) = entries[key] else { return }
        running.waiters.removeAll { $0 == waiter }
        entries[key] = .running(running)
    }

    /// Takes over an answer of an earlier process.
    mutating func restore(_ answer: IdempotentAnswer, now: Int64) {
        guard answer.completedAt + window > now, entries[answer.key] == nil else { return }
        keep(answer)
    }

    /// Forgets what is older than the window.
    mutating func sweep(now: Int64) {
        while orderStart < order.count {
            let (key, serial) = order[orderStart]
            if case .done(let answer, serial) = entries[key] {
                guard answer.completedAt + window <= now else { return }
                remove(key)
            }
            dropOldest()
        }
    }

    // MARK: Room

    private mutating func keep(_ answer: IdempotentAnswer) {
        guard window > 0, answer.bytes.count <= limits.bytes else { return }
        byteCount += answer.bytes.count
        counter += 1
        entries[answer.key] = .done(answer, serial: counter)
        order.append((answer.key, counter))
        while byteCount > limits.bytes || entries.count > limits.entries, removeOldest() {}
    }

    private mutating func makeRoom() -> Bool {
        while entries.count >= limits.entries { if !removeOldest() { return false } }
        return true
    }

    /// - Returns: false when nothing is kept.
    private mutating func removeOldest() -> Bool {
        while orderStart < order.count {
            let (key, serial) = order[orderStart]
            dropOldest()
            if case .done(_, serial) = entries[key] {
                remove(key)
                return true
            }
        }
        return false
    }

    private mutating func remove(_ key: IdempotencyKey) {
        if case .done(let answer, _) = entries.removeValue(forKey: key) { byteCount -= answer.bytes.count }
    }

    private mutating func dropOldest() {
        orderStart += 1
        guard orderStart > 64, orderStart * 2 > order.count else { return }
        order.removeFirst(orderStart)
        orderStart = 0
    }
}
