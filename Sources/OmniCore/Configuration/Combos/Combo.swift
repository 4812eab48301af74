/// A named chain of models that clients use like a model.
public struct Combo: Sendable, Hashable {
    public var id: ComboID
    public var name: String
    public var steps: [ComboStep]
    public var strategy: ComboStrategy
    public var options: Options
    /// What it is for, in a person's words.
    public var summary: String?
    /// Inactive ones are kept, but neither listed nor served.
    public var isActive: Bool
    /// Milliseconds since 1970.
    public var createdAt: Int64
    public var updatedAt: Int64

    /// How patient a combo is and when it goes on; what is nil follows the defaults of all combos.
    public struct Options: Sendable, Hashable {
        /// Attempts at the same target after the first, once no fresh target is left.
        ///
        /// Default: 1. Range: 0...10.
        public var retries: Int?
        /// The first wait before such an attempt; it doubles, with jitter.
        ///
        /// Default: 2 s. Range: 0...60 s.
        public var retryDelay: Duration?
        /// The whole request, up to its first event.
        ///
        /// Default: the router's.
        public var timeout: Duration?
        /// One attempt, from its start to the first event.
        ///
        /// Default: the router's.
        public var attemptTimeout: Duration?
        /// Attempts of one step in flight at most.
        ///
        /// Default: no cap.
        public var concurrency: Int?
        /// How long a request waits for a free place.
        ///
        /// Default: 30 s.
        public var queueTimeout: Duration?
        /// Requests a step serves in its turn, for round robin.
        ///
        /// Default: 1.
        public var sticky: Int?
        /// Whether the next step is asked when one refuses by its content filter.
        ///
        /// Default: false.
        public var fallbackOnContentFilter: Bool?
        /// Whether the next step is asked when the request is too long for one.
        ///
        /// Default: true.
        public var fallbackOnContextOverflow: Bool?
        /// Attempts for one request at most.
        ///
        /// Default: 12.
        public var maximumAttempts: Int?

        public init() {}
    }

    public init(
        id: ComboID, name: String, steps: [ComboStep], strategy: ComboStrategy = .priority,
        options: Options = Options(), summary: String? = nil, isActive: Bool = true, createdAt: Int64 = 0,
        updatedAt: Int64 = 0
    ) {
        self.id = id
        self.name = name
        self.steps = steps
        self.strategy = strategy
        self.options = options
        self.summary = summary
        self.isActive = isActive
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Identifies a combo, whatever its name.
public struct ComboID: StringIdentifier {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}
