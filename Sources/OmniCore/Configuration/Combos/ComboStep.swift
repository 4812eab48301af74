public import OmniTranslate

/// One member of a combo: a model, an alias or another combo.
public struct ComboStep: Sendable, Hashable {
    public var model: String
    /// Its share where the strategy draws by lot; zero is drawn last.
    ///
    /// Default: 1. Range: 0...100.
    public var weight: Double
    public var conditions: Conditions
    /// For one attempt; nil for the combo's.
    public var timeout: Duration?
    /// Attempts at the same target after the first; nil for the combo's.
    public var retries: Int?
    /// Attempts of this step in flight at most, by all requests; nil for the combo's.
    public var concurrency: Int?

    /// What a request must be like for a step to be considered.
    public struct Conditions: Sendable, Hashable {
        /// Estimated input tokens.
        public var minimumInput: Int?
        public var maximumInput: Int?
        public var hasTools: Bool?
        public var hasImages: Bool?
        public var wantsReasoning: Bool?
        /// Empty for all.
        public var clientFormats: Set<WireFormat> = []

        public init() {}
    }

    public init(
        _ model: String, weight: Double = 1, conditions: Conditions = Conditions(), timeout: Duration? = nil,
        retries: Int? = nil, concurrency: Int? = nil
    ) {
        self.model = model
        self.weight = weight
        self.conditions = conditions
        self.timeout = timeout
        self.retries = retries
        self.concurrency = concurrency
    }
}
