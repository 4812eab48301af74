import Synchronization

/// Counts finished requests in memory on their way to where they are kept.
///
/// Room is bounded: models and providers beyond it are counted together as `other`.
public final class Telemetry: UsageRecorder {
    /// The most combinations of provider, models and operation that are told apart.
    static let maximumSeries = 500

    private struct State: Sendable {
        var series: [TelemetrySeries] = []
        var places: [TelemetrySeries.Labels: Int] = [:]
        var recent = RecentSeries()
        var window = TelemetryWindow()

        mutating func add(_ record: borrowing UsageRecord) {
            let place = recent.place(of: record) ?? find(record)
            series[place].add(record)
            window.add(record, provider: series[place].provider)
        }

        @inline(never)  // Rarely comes to it.
        private mutating func find(_ record: borrowing UsageRecord) -> Int {
            let place = place(of: TelemetrySeries.Labels(record))
            recent.remember(place, of: record)
            return place
        }

        private mutating func place(of labels: TelemetrySeries.Labels) -> Int {
            if let place = places[labels] { return place }
            let labels = series.count < Telemetry.maximumSeries ? labels : .init(otherOf: labels.operation)
            if let place = places[labels] { return place }
            series.append(TelemetrySeries(labels: labels, provider: window.number(of: labels.provider)))
            places[labels] = series.count - 1
            return series.count - 1
        }
    }

    private let state = Mutex(State())
    private let next: any UsageRecorder

    /// - Parameter next: gets every record after it was counted.
    public init(forwardingTo next: any UsageRecorder = NoUsageRecorder()) { self.next = next }

    public func record(_ record: borrowing UsageRecord) {
        state.withLock { $0.add(record) }
        next.record(record)
    }

    public func hold(_ record: UsageRecord, in place: Int?) -> Int? { next.hold(record, in: place) }

    public func release(_ place: Int) { next.release(place) }

    /// The longest window that can be asked for, in milliseconds.
    public static var maximumWindow: Int { Int(TelemetryWindow.maximum) }

    /// What requests that ended within a window took, by provider; "" for those that reached none.
    public func figures(window: Int, now: Int64) -> [String: TelemetryFigures] {
        state.withLock { $0.window }.figures(from: now - Int64(window), to: now)
    }

    /// All of some figures together.
    public static func total(_ figures: [String: TelemetryFigures]) -> TelemetryFigures {
        figures.values.reduce(into: TelemetryFigures()) { $0.add($1) }
    }

    /// Everything counted since the start, in Prometheus' text format, version 0.0.4.
    /// - Parameters:
    ///   - routing: what is put aside at this moment; nil where nothing is routed.
    ///   - droppedBodies: bodies the log had no room for.
    public func metrics(cache: CacheFigures, routing: RoutingMemory? = nil, droppedBodies: Int = 0) -> [UInt8] {
        var text = MetricsText()
        let series = state.withLock { $0.series }
        text.write(series)
        text.write(cache)
        if let routing {
            let now = routing.now
            text.write(routing.withHealth { $0.exclusionFigures(at: now) })
        }
        text.counter(
            "omniroute_dropped_bodies_total", "Bodies that were to be logged and were not: too many waited.",
            droppedBodies)
        return Array(text.text.utf8)
    }
}
