/// How far a stream has come, as of the bytes seen so far.
public struct StreamProgress: Sendable {
    /// Whether real content, a tool call, or an end that means something by itself has been seen: the head may be committed.
    public var isMeaningful: Bool
    /// Whether the terminator has been seen and, when translating, written.
    public var isComplete: Bool
    /// Whether the answer was ended here and not by the upstream, which may go on for nothing.
    public var isCut = false
    /// Whether the answer is whole and has nothing in it: an end like any other, and before it no word and no call.
    public var isEmpty: Bool { isComplete && !isMeaningful && failure == nil }
    /// An error event of the upstream, malformed data or truncation.
    ///
    /// Reported by the call that met it and every later one.
    public var failure: UpstreamFault?

    public init(isMeaningful: Bool = false, isComplete: Bool = false, failure: UpstreamFault? = nil) {
        self.isMeaningful = isMeaningful
        self.isComplete = isComplete
        self.failure = failure
    }
}
