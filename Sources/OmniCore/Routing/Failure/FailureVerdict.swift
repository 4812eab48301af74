/// What follows from a failure: for the target, for later requests and for this one.
public struct FailureVerdict: Sendable, Hashable {
    /// What is left alone for a while.
    public enum Scope: UInt8, Sendable { case none, model, account }

    /// How this request goes on.
    public enum Action: UInt8, Sendable {
        /// Another account now; this target again later, if nothing else is left and the budget allows it.
        case retry
        /// Another account; this target cannot help.
        case rotate
        /// Another step of the combo; no account of this model can help.
        case nextStep
        /// Answer the client.
        case stop
    }

    public var failure: FailureClass
    public var scope: Scope
    public var action: Action
    /// Nanoseconds the upstream asked to be left alone; nil when it said nothing, and the wait is a guess.
    public var reset: UInt64?
    /// How long the guess is where the upstream said nothing.
    public var backoff: Backoff
    /// Whether the circuit breaker counts it.
    public var tripsBreaker: Bool
    /// Whether a fresh token may cure it: refresh once, attempt the same target again, then judge again.
    public var suggestsRefresh: Bool

    /// A wait that doubles with each failure in a row.
    public struct Backoff: Sendable, Hashable {
        /// Nanoseconds; zero for none.
        public var base: UInt64
        public var maximum: UInt64
        /// The longest wait an upstream is believed.
        public var longestReset: UInt64

        static let none = Backoff(base: 0, maximum: 0, longestReset: 0)
    }

    init(
        _ failure: FailureClass, scope: Scope = .none, action: Action, reset: UInt64? = nil, backoff: Backoff = .none,
        tripsBreaker: Bool = false, suggestsRefresh: Bool = false
    ) {
        self.failure = failure
        self.scope = scope
        self.action = action
        self.reset = reset
        self.backoff = backoff
        self.tripsBreaker = tripsBreaker
        self.suggestsRefresh = suggestsRefresh
    }
}
