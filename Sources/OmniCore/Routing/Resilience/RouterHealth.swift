/// All that is remembered from request to request: cooldowns, breakers, limits, counts, rotations and conversations.
///
/// One value for all plans, kept behind one lock; ``RouteCourse`` reads and changes it twice for each attempt. States lie in
/// dense arrays. A plan's names are turned into positions once (``PlanBinding``); positions of states that nobody uses are
/// given away only together with a new ``epoch``, which makes courses bind again.
public struct RouterHealth: Sendable {
    /// What is known of one account, whatever the model.
    struct Account: Sendable {
        var cooldown = Cooldown()
        var breaker = CircuitBreaker()
        var probe = RecoveryProbe()
        var gate = ConcurrencyGate()
        var limiter = RateLimiter()
        var budget = RetryBudget()
        var usage = UsageWindow()
        var options = AccountOptions()
        /// What is left of the subscription's window, from 0 to 1, as someone asked the provider.
        var quota = 1.0
        var quotaResetsAt = MonotonicInstant.never
        /// What the last answer that said so told of the subscription.
        var windows: [SubscriptionWindow] = []

        /// Zero while nothing speaks against it.
        var trouble: Int { cooldown.level + breaker.openings }
    }

    /// What is known of one model on one account.
    struct Model: Sendable {
        var cooldown = Cooldown()
        var breaker = CircuitBreaker()
        var probe = RecoveryProbe()
        var limiter = RateLimiter()
        var latency = LatencyEstimate()
        var inFlight: Int32 = 0
        /// How many may be in flight; zero for no cap.
        var cap: Int32 = 0
        var account: Int32
        var usedAt = MonotonicInstant.zero

        var trouble: Int { cooldown.level + breaker.openings }
        var isFull: Bool { cap > 0 && inFlight >= cap }
    }

    /// What is known of one step of a combo.
    struct Step: Sendable {
        var gate = ConcurrencyGate()
        var usage = UsageWindow()
        var latency = LatencyEstimate()
        var counts = ServingCounts()
    }

    struct ModelKey: Hashable, Sendable {
        var account: Int32
        var model: String
    }

    public var profiles = ResilienceProfiles()
    public var affinity = SessionAffinity()
    /// The step that served each conversation last, for combos that ask for it.
    var lastSteps = SessionAffinity()
    /// Rises with each change that should survive a restart.
    public internal(set) var revision: UInt64 = 0
    /// What was put aside since the start, and why.
    var exclusionCounts = ExclusionCounts()
    /// The serial of the snapshot whose settings are in force; zero when none was adopted.
    var adopted: UInt64 = 0
    /// Rises when positions are given away.
    private(set) var epoch: UInt64 = 1

    var accounts: [Account] = []
    var models: [Model] = []
    var steps: [Step] = []
    var combos: [ServingCounts] = []
    var rotations: [Rotation] = []
    private(set) var accountIDs: [ConnectionID] = []
    private(set) var modelNames: [String] = []
    private var accountPositions: [ConnectionID: Int32] = [:]
    private var modelPositions: [ModelKey: Int32] = [:]
    private(set) var stepPositions: [String: Int32] = [:]
    private(set) var comboPositions: [String: Int32] = [:]
    private var rotationPositions: [String: Int32] = [:]
    private var freeModels: [Int32] = []
    private var bindings: [ObjectIdentifier: PlanBinding] = [:]
    private var serial: UInt64 = 0

    /// Clients may name models without end.
    private let maximumModels: Int
    private static let maximumBindings = 2048

    public init(maximumModels: Int = 20000) { self.maximumModels = maximumModels }

    // MARK: Positions

    mutating func account(_ id: ConnectionID) -> Int32 {
        if let known = accountPositions[id] { return known }
        let position = Int32(accounts.count)
        accounts.append(Account())
        accountIDs.append(id)
        accountPositions[id] = position
        return position
    }

    mutating func model(_ name: String, account: Int32, at now: MonotonicInstant) -> Int32 {
        let key = ModelKey(account: account, model: name)
        if let known = modelPositions[key] { return known }
        let position: Int32
        if let free = freeModels.popLast() {
            position = free
            models[Int(free)] = Model(account: account)
            modelNames[Int(free)] = name
        } else {
            position = Int32(models.count)
            models.append(Model(account: account))
            modelNames.append(name)
        }
        modelPositions[key] = position
        if let limits = accounts[Int(account)].options.modelLimits[name] { limit(Int(position), to: limits, at: now) }
        return position
    }

    mutating func step(_ key: String) -> Int32 {
        if let known = stepPositions[key] { return known }
        let position = Int32(steps.count)
        steps.append(Step())
        stepPositions[key] = position
        return position
    }

    mutating func combo(_ key: String) -> Int32 {
        if let known = comboPositions[key] { return known }
        let position = Int32(combos.count)
        combos.append(ServingCounts())
        comboPositions[key] = position
        return position
    }

    mutating func rotation(_ key: String) -> Int32 {
        if let known = rotationPositions[key] { return known }
        let position = Int32(rotations.count)
        rotations.append(Rotation())
        rotationPositions[key] = position
        return position
    }

    func position(of id: ConnectionID) -> Int32? { accountPositions[id] }

    /// The positions of everything a plan names, worked out at its first use.
    mutating func binding(of plan: RoutePlan, at now: MonotonicInstant) -> PlanBinding {
        let id = ObjectIdentifier(plan)
        // The binding keeps the plan alive, so that the identifier is no other plan's.
        if let known = bindings[id] { return known }
        if bindings.count >= Self.maximumBindings { bindings = [:] }
        if models.count - freeModels.count >= maximumModels { evictModels(at: now) }
        let binding = PlanBinding(plan, in: &self, at: now)
        bindings[id] = binding
        return binding
    }

    /// Lets go of plans of an older snapshot.
    public mutating func forgetPlans() { bindings = [:] }

    /// Gives away half of the positions, of models nobody uses: least recently used ones first, those left alone last.
    ///
    /// Even these, because a client could name models that do not exist until the memory is full of their cooldowns.
    private mutating func evictModels(at now: MonotonicInstant) {
        let isExcluded = models.map { $0.cooldown.until > now || $0.breaker.openUntil > now }
        let victims = models.indices.filter { models[$0].inFlight == 0 && models[$0].account >= 0 }
            .sorted { left, right in
                isExcluded[left] == isExcluded[right]
                    ? models[left].usedAt < models[right].usedAt : isExcluded[right]
            }
            .prefix(max(1, maximumModels / 2))
        guard !victims.isEmpty else { return }
        for victim in victims {
            modelPositions[ModelKey(account: models[victim].account, model: modelNames[victim])] = nil
            models[victim].account = -1
            modelNames[victim] = ""
            freeModels.append(Int32(victim))
        }
        bindings = [:]
        epoch += 1
    }

    // MARK: Resets

    /// Forgets cooldowns, breakers and learnt limits of one connection, or of all; counts in flight stay true.
    public mutating func reset(_ connection: ConnectionID? = nil) {
        if let connection {
            if let position = accountPositions[connection] { clear(account: position) }
            return
        }
        for position in accounts.indices { clear(account: Int32(position)) }
    }

    mutating func clear(account: Int32) {
        let position = Int(account)
        accounts[position].cooldown = Cooldown()
        accounts[position].breaker = CircuitBreaker()
        accounts[position].probe = RecoveryProbe()
        accounts[position].limiter.forgetLearned()
        for model in models.indices where models[model].account == account {
            models[model].cooldown = Cooldown()
            models[model].breaker = CircuitBreaker()
            models[model].probe = RecoveryProbe()
            models[model].limiter.forgetLearned()
        }
        revision += 1
    }

    /// What a provider said about the window of a subscription.
    /// - Parameter remaining: from 0 (used up) to 1.
    public mutating func noteQuota(_ connection: ConnectionID, remaining: Double, resetsAt: MonotonicInstant) {
        let position = Int(account(connection))
        accounts[position].quota = min(1, max(0, remaining))
        accounts[position].quotaResetsAt = resetsAt
    }

    /// What is known of a subscription's windows.
    public func subscriptionWindows(of connection: ConnectionID) -> [SubscriptionWindow] {
        accountIDs.firstIndex(of: connection).map { accounts[$0].windows } ?? []
    }

    mutating func nextSerial() -> UInt64 {
        serial += 1
        return serial
    }
}
