/// Counts the attempts in flight and holds them to a cap, from before the call to the end of its stream.
public struct ConcurrencyGate: Sendable, Hashable {
    public private(set) var inFlight: Int32 = 0
    /// Zero for no cap.
    public var cap: Int32

    public init(cap: Int = 0) { self.cap = Int32(clamping: cap) }

    public var isFull: Bool { cap > 0 && inFlight >= cap }

    public mutating func enter() { inFlight += 1 }

    public mutating func leave() {
        precondition(inFlight > 0, "every attempt leaves once: the course ends each ticket once")
        inFlight -= 1
    }
}
