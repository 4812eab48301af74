/// Stored settings of routing that hold for every request, unless a combo says otherwise.
public struct RoutingSettings: Sendable, Hashable {
    /// Default: fill-first.
    public var accountStrategy = AccountStrategy.fillFirst
    /// For single providers.
    public var accountStrategies: [ProviderID: AccountStrategy] = [:]
    /// How new combos order their steps when they do not say.
    ///
    /// Default: priority.
    public var comboStrategy = ComboStrategy.priority
    /// For all combos, as far as they do not say otherwise.
    public var comboDefaults = Combo.Options()
    /// For steps that are models of a provider, between the defaults of all combos and the combo's own options: retries,
    /// their delay, the time for one attempt and the concurrency.
    public var providerOptions: [ProviderID: Combo.Options] = [:]
    /// Requests an account serves in its turn, for round robin.
    ///
    /// Default: 3. Range: 1...1000.
    public var sticky = 3
    /// How deep combos may nest.
    ///
    /// Default: 3. Range: 1...4.
    public var maximumDepth = 3
    /// Accounts of one model attempted for one request.
    ///
    /// Default: 5.
    public var maximumAccounts = 5
    /// Attempts for one request.
    ///
    /// Default: 12.
    public var maximumAttempts = 12
    /// Attempts at the same target after the first, for requests that name no combo.
    ///
    /// Default: 0.
    public var retries = 0
    /// Default: 500 ms.
    public var retryDelay = Duration.milliseconds(500)
    /// The whole request, up to its first event.
    ///
    /// Default: 10 min.
    public var timeout = Duration.seconds(600)
    /// How long a request waits for a free place or a test to end.
    ///
    /// Default: 30 s.
    public var queueTimeout = Duration.seconds(30)
    /// How long a request waits for the first target to recover when none is left.
    ///
    /// Default: 2 s.
    public var patience = Duration.seconds(2)
    /// How long after its completion an answer is repeated to duplicates of its request.
    ///
    /// Default: 5 s. Range: 0 s ... 24 h.
    public var idempotencyWindow = Duration.seconds(5)
    /// Which answers are kept to be given again.
    public var cache = CacheSettings()
    /// Which bodies are logged.
    public var bodyLog = BodyLogSettings()
    /// Whether a conversation stays on the account that served it, as long as that one is healthy.
    ///
    /// Default: true.
    public var keepsAccounts = true
    public var resilience = ResilienceSettings()

    public init() {}
}
