/// How long the first event takes: an average that follows bad news at once and good news slowly (peak EWMA).
public struct LatencyEstimate: Sendable, Hashable {
    /// Nanoseconds after which half of an old value is forgotten.
    static let decay = 10e9

    /// Nanoseconds; zero before the first observation.
    public private(set) var nanoseconds = 0.0
    private var updatedAt = MonotonicInstant.zero

    public init() {}

    public mutating func observe(_ sample: UInt64, at now: MonotonicInstant) {
        let sample = Double(sample)
        if nanoseconds == 0 || sample > nanoseconds {
            nanoseconds = max(sample, 1)
        } else {
            let weight = Self.decay / (Self.decay + Double(now.since(updatedAt)))
            // At least a tenth of each new value counts, also when values come faster than time passes.
            let kept = min(weight, 0.9)
            nanoseconds = max(nanoseconds * kept + sample * (1 - kept), 1)
        }
        updatedAt = now
    }

    /// What another request would cost here; targets never tried are cheapest, so that they are tried.
    public func cost(inFlight: Int32) -> Double { nanoseconds * Double(inFlight + 1) }
}
