/// What the requests of the last minutes took, by provider, in slots of ten seconds.
struct TelemetryWindow: Sendable {
    static let slotMilliseconds: Int64 = 10_000
    private static let slotCount = 90
    /// The longest time that is remembered, in milliseconds.
    static let maximum = slotMilliseconds * Int64(slotCount)

    private struct Slot: Sendable {
        /// Which ten seconds since 1970; -1 before the first use.
        var number: Int64 = -1
        /// By the providers' numbers, as far as the last one that ended a request in these seconds.
        var providers: [TelemetryFigures?] = []

        mutating func add(_ record: borrowing UsageRecord, provider: Int) {
            while providers.count <= provider { providers.append(nil) }
            if providers[provider] == nil { providers[provider] = TelemetryFigures() }
            providers[provider]?.add(record)
        }
    }

    private var names: [String] = []
    private var slots = [Slot](repeating: Slot(), count: TelemetryWindow.slotCount)

    /// The number of one of a bounded set of providers.
    mutating func number(of provider: String) -> Int {
        if let number = names.firstIndex(of: provider) { return number }
        names.append(provider)
        return names.count - 1
    }

    /// - Parameter provider: its number.
    mutating func add(_ record: borrowing UsageRecord, provider: Int) {
        let number = (record.startedAt + Int64(record.latencyMS)) / Self.slotMilliseconds
        guard number >= 0 else { return }
        let index = Int(number % Int64(Self.slotCount))
        // Older than what the slot holds: the clock was put back, or the request is one of long ago.
        guard slots[index].number <= number else { return }
        if slots[index].number < number { slots[index] = Slot(number: number) }
        slots[index].add(record, provider: provider)
    }

    /// Takes whole slots, so up to ten seconds more than asked for.
    func figures(from: Int64, to: Int64) -> [String: TelemetryFigures] {
        let numbers = from / Self.slotMilliseconds...max(from, to) / Self.slotMilliseconds
        var sum: [String: TelemetryFigures] = [:]
        for slot in slots where numbers.contains(slot.number) {
            for (name, figures) in zip(names, slot.providers) {
                if let figures { sum[name, default: TelemetryFigures()].add(figures) }
            }
        }
        return sum
    }
}

/// How long some requests took.
public struct TelemetryFigures: Sendable {
    /// A time's distribution, in milliseconds.
    public struct Spread: Sendable, Hashable {
        public var count: Int
        public var p50: Int
        public var p95: Int
        public var p99: Int
        public var average: Int

        init(_ histogram: SpreadHistogram) {
            count = histogram.count
            p50 = histogram.quantile(0.5)
            p95 = histogram.quantile(0.95)
            p99 = histogram.quantile(0.99)
            average = histogram.average
        }
    }

    private var durations = SpreadHistogram()
    private var firstTokens = SpreadHistogram()
    private var heads = SpreadHistogram()
    private var rests = SpreadHistogram()
    private var overheads = SpreadHistogram()
    private var failures = 0

    /// From receipt to the end of the answer.
    public var duration: Spread { Spread(durations) }
    /// From receipt to the first token of a stream.
    public var firstToken: Spread { Spread(firstTokens) }
    /// From receipt to the head of the upstream's answer that served the request.
    public var connect: Spread { Spread(heads) }
    /// From that head to the end.
    public var stream: Spread { Spread(rests) }
    /// The router's own time until the answer began, in microseconds.
    public var overhead: Spread { Spread(overheads) }
    /// Between 0 and 1; 0 when there was no request.
    public var errorRate: Double { durations.count == 0 ? 0 : Double(failures) / Double(durations.count) }

    init() {}

    mutating func add(_ record: borrowing UsageRecord) {
        durations.add(record.latencyMS)
        if record.status >= 400 || record.errorCode != nil { failures += 1 }
        if record.isStreaming, let first = record.timeToFirstTokenMS { firstTokens.add(first) }
        if let overhead = record.overheadMicroseconds { overheads.add(overhead) }
        if let head = record.headMS {
            heads.add(head)
            rests.add(record.latencyMS - head)
        }
    }

    mutating func add(_ other: TelemetryFigures) {
        durations.add(other.durations)
        firstTokens.add(other.firstTokens)
        heads.add(other.heads)
        rests.add(other.rests)
        overheads.add(other.overheads)
        failures += other.failures
    }
}
