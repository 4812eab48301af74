/// A tree of targets for one model name, compiled once: combos are its branches, pools of accounts its leaves.
///
/// Nodes, children and members lie in flat arrays of plain numbers, because a decision walks over them for each request.
/// A class, so that its identity can stand for the positions worked out for it (``PlanBinding``).
public final class RoutePlan: Sendable {
    /// Each target once, in the order of priority; never empty.
    public let targets: [Target]
    /// The name the client asked for, as it asked.
    public let requestedModel: String
    /// Of the snapshot it was made from.
    let serial: UInt64
    /// By target.
    let options: [AccountOptions]
    /// The root is the last one.
    let nodes: [Node]
    let children: [Child]
    /// Positions of targets, for pools.
    let members: [Int32]
    /// By node: under which name its rotation is remembered; empty for none.
    let rotationKeys: [String]
    /// By child: under which name its counts are remembered.
    let stepKeys: [String]
    /// By node: under which name it is counted; empty for pools.
    let comboKeys: [String]
    let limits: Limits
    /// By target; nil for models whose price is unknown.
    let prices: [UsagePrice?]
    /// The combo the client named; nil when it named a model.
    let comboName: String?

    /// A pool of accounts that have the same model, or a combo.
    struct Node: Sendable {
        var isPool: Bool
        /// Into members or children.
        var start: Int32
        var count: Int32
        var comboStrategy = ComboStrategy.priority
        var accountStrategy = AccountStrategy.fillFirst
        var sticky = 1
        /// Under which conversations are remembered; a combo's is another one when its steps are.
        var seed: UInt64 = 0
        /// In tokens; zero when unknown, the largest of its children for a combo.
        var window = 0
        /// Dollars for a million tokens; negative when unknown, the cheapest of its children for a combo.
        var inputPrice = -1.0
        var outputPrice = -1.0

        func cost(of request: RequestTraits) -> Double? {
            guard inputPrice >= 0 else { return nil }
            return inputPrice * Double(request.inputTokens) + max(0, outputPrice) * Double(request.outputTokens)
        }
    }

    /// A step of a combo.
    struct Child: Sendable {
        var node: Int32
        /// The combo it belongs to.
        var parent: Int32
        var weight: Double
        var conditions: Conditions
        /// Nanoseconds for an attempt; zero for the request's deadline.
        var timeout: UInt64
        var concurrency: Int32
        var retries: Int32
        /// Nanoseconds.
        var retryDelay: UInt64
    }

    /// ``ComboStep/Conditions`` as plain numbers.
    struct Conditions: Sendable {
        var minimumInput = 0
        var maximumInput = Int.max
        /// -1: does not matter.
        var tools: Int8 = -1
        var images: Int8 = -1
        var reasoning: Int8 = -1
        /// One bit for each format; zero for all.
        var formats: UInt32 = 0
    }

    /// What holds for a request of this plan.
    ///
    /// Times are nanoseconds.
    struct Limits: Sendable, Hashable {
        var attempts = 12
        var accountsPerModel = 5
        var retries = 0
        var retryDelay: UInt64 = 500_000_000
        var timeout: UInt64 = 600_000_000_000
        var queueTimeout: UInt64 = 30_000_000_000
        var patience: UInt64 = 2_000_000_000
        var fallbackOnContentFilter = false
        var fallbackOnContextOverflow = true
        /// Whether conversations stay on their account.
        var keepsAccounts = true
    }

    var root: Int { nodes.count - 1 }
    /// Whether the client named a single model.
    var isSinglePool: Bool { nodes.count == 1 }

    /// Whether any step cares for pictures, for which the whole body must be looked through.
    var asksForImages: Bool { children.contains { $0.conditions.images >= 0 } }

    init(
        targets: [Target], options: [AccountOptions], nodes: [Node], children: [Child], members: [Int32],
        rotationKeys: [String], stepKeys: [String], comboKeys: [String], limits: Limits, requestedModel: String,
        serial: UInt64, prices: [UsagePrice?], comboName: String?
    ) {
        precondition(
            !targets.isEmpty && !nodes.isEmpty, "a name without targets is refused before a plan is made of it")
        self.targets = targets
        self.options = options
        self.nodes = nodes
        self.children = children
        self.members = members
        self.rotationKeys = rotationKeys
        self.stepKeys = stepKeys
        self.comboKeys = comboKeys
        self.limits = limits
        self.prices = prices
        self.comboName = comboName
        self.requestedModel = requestedModel
        self.serial = serial
    }
}

extension RoutePlan.Conditions {
    init(_ conditions: ComboStep.Conditions) {
        minimumInput = conditions.minimumInput ?? 0
        maximumInput = conditions.maximumInput ?? .max
        tools = conditions.hasTools.map { $0 ? 1 : 0 } ?? -1
        images = conditions.hasImages.map { $0 ? 1 : 0 } ?? -1
        reasoning = conditions.wantsReasoning.map { $0 ? 1 : 0 } ?? -1
        for format in conditions.clientFormats { formats |= format.conditionBit }
    }

    func admits(_ request: RequestTraits) -> Bool {
        if request.inputTokens < minimumInput || request.inputTokens > maximumInput { return false }
        if tools >= 0, (tools == 1) != request.hasTools { return false }
        if images >= 0, (images == 1) != request.hasImages { return false }
        if reasoning >= 0, (reasoning == 1) != request.wantsReasoning { return false }
        return formats == 0 || formats & request.clientFormat.conditionBit != 0
    }
}
