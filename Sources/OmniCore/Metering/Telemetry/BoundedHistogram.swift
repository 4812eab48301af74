/// Counts by fixed upper bounds, as Prometheus shows them.
struct BoundedHistogram: Sendable {
    /// Ascending, inclusive.
    let bounds: [Int]
    /// One more than there are bounds, for what exceeds them all.
    private(set) var counts: [Int]
    private(set) var sum = 0

    init(bounds: [Int]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    var count: Int { counts.reduce(0, +) }

    mutating func add(_ value: Int) {
        let value = max(0, value)
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum = sum.addingReportingOverflow(value).overflow ? .max : sum + value
    }

    /// Microseconds; as OpenTelemetry advises for `gen_ai.server.request.duration`.
    /// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
    static let durationBounds = (0..<14).map { 10_000 << $0 }
    /// Microseconds; as OpenTelemetry advises for `gen_ai.server.time_to_first_token`.
    static let firstTokenBounds = [
        1_000, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 250_000, 500_000, 750_000, 1_000_000, 2_500_000,
        5_000_000, 7_500_000, 10_000_000,
    ]
    /// Microseconds; as OpenTelemetry advises for `gen_ai.server.time_per_output_token`.
    static let perTokenBounds = [
        10_000, 25_000, 50_000, 75_000, 100_000, 150_000, 200_000, 300_000, 400_000, 500_000, 750_000, 1_000_000,
        2_500_000,
    ]
    /// Microseconds; the router's own time lies far below what OpenTelemetry has bounds for.
    static let overheadBounds = [
        25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 1_000_000,
    ]
    /// Tokens; as OpenTelemetry advises for `gen_ai.client.token.usage`.
    static let tokenBounds = (0..<14).map { 1 << (2 * $0) }
}
