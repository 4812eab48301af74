@testable import OmniCore

/// The router's own dice, thrown from a known seed.
typealias SeededRandom = SplitMix64

extension MonotonicInstant {
    static func seconds(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: UInt64(seconds * 1e9))
    }
}
