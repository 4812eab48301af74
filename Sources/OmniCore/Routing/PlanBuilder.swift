import OmniTranslate

/// Puts a plan together from leaves to root.
struct PlanBuilder {
    let serial: UInt64
    let settings: RoutingSettings
    let prices: [String: ModelPrice]
    let usagePrices: [String: UsagePrice]
    let proxies: ProxyResolver
    private var targets: [Target] = []
    private var options: [AccountOptions] = []
    private var nodes: [RoutePlan.Node] = []
    private var children: [RoutePlan.Child] = []
    private var members: [Int32] = []
    private var rotationKeys: [String] = []
    private var stepKeys: [String] = []
    private var comboKeys: [String] = []
    private var positions: [TargetKey: Int32] = [:]

    private struct TargetKey: Hashable {
        var provider: ProviderID
        var connection: ConnectionID?
        var model: String
        /// The same account behind another proxy is worth an attempt of its own.
        var carrier: UpstreamCarrier
    }

    /// - Parameters: prices, usagePrices: by `provider/model` in lower case.
    init(
        serial: UInt64, settings: RoutingSettings, prices: [String: ModelPrice], usagePrices: [String: UsagePrice],
        proxies: ProxyResolver
    ) {
        self.serial = serial
        self.settings = settings
        self.prices = prices
        self.usagePrices = usagePrices
        self.proxies = proxies
    }

    /// - Parameter combos: those it is a step of, the innermost first.
    /// - Returns: the node's position; nil when the provider has no account.
    mutating func pool(
        _ route: ProviderRoute, model: String, clientFormat: WireFormat, allowance: KeyAllowance? = nil,
        combos: [ComboID] = []
    ) -> Int32? {
        let found = zip(route.targets(model: model, clientFormat: clientFormat), route.accounts)
            .filter { allowance?.permits($0.0.connection) ?? true }
        guard let first = found.first?.0 else { return nil }
        let start = Int32(members.count)
        let hasProxy = proxies.isAnyOf(combos)
        for (target, account) in found {
            var target = target
            if hasProxy, target.carrier != .simulator {
                target.carrier =
                    proxies.resolution(
                        connection: target.connection, provider: target.provider, combos: combos, to: target.endpoint
                    ).carrier
            }
            let key = TargetKey(
                provider: target.provider, connection: target.connection, model: target.model, carrier: target.carrier)
            // Steps may name the same model twice; an account that failed at it failed at it.
            if let known = positions[key] {
                members.append(known)
                continue
            }
            let position = Int32(targets.count)
            positions[key] = position
            targets.append(target)
            options.append(account.options)
            members.append(position)
        }
        var node = RoutePlan.Node(isPool: true, start: start, count: Int32(found.count))
        node.accountStrategy = settings.accountStrategies[route.provider] ?? settings.accountStrategy
        node.sticky = settings.sticky
        node.seed = Self.seed("\(route.provider.rawValue)/\(first.model)")
        node.window = route.models.first { $0.id == first.model }?.contextWindow ?? 0
        if let price = prices["\(route.provider.rawValue)/\(first.model)".lowercased()] {
            node.inputPrice = price.input
            node.outputPrice = price.output
        }
        nodes.append(node)
        comboKeys.append("")
        rotationKeys.append(node.accountStrategy == .roundRobin ? "provider:\(route.provider.rawValue)" : "")
        return Int32(nodes.count - 1)
    }

    /// - Parameter steps: the combo's steps that lead somewhere, with their nodes; not empty.
    mutating func combo(_ combo: Combo, steps: [(step: ComboStep, index: Int, node: Int32)]) -> Int32 {
        let parent = Int32(nodes.count)
        let start = Int32(children.count)
        for (step, index, node) in steps {
            let options = ComboLimits(settings.comboDefaults, provider(of: node), combo.options)
            children.append(
                RoutePlan.Child(
                    node: node, parent: parent, weight: max(0, step.weight), conditions: .init(step.conditions),
                    timeout: (step.timeout ?? options.attemptTimeout)?.clampedNanoseconds ?? 0,
                    concurrency: Int32(clamping: step.concurrency ?? options.concurrency ?? 0),
                    retries: Int32(clamping: step.retries ?? options.retries),
                    retryDelay: options.retryDelay.clampedNanoseconds))
            stepKeys.append(combo.stepKey(index))
        }
        var node = RoutePlan.Node(isPool: false, start: start, count: Int32(steps.count))
        node.comboStrategy = combo.strategy
        node.sticky = max(1, ComboLimits(settings.comboDefaults, combo.options).sticky)
        let inner = steps.map { nodes[Int($0.node)] }
        // One child of unknown size may be large enough.
        node.window = inner.contains { $0.window == 0 } ? 0 : inner.map(\.window).max() ?? 0
        if let cheapest = inner.filter({ $0.inputPrice >= 0 }).min(by: { $0.inputPrice < $1.inputPrice }) {
            node.inputPrice = cheapest.inputPrice
            node.outputPrice = cheapest.outputPrice
        }
        if combo.strategy == .lastKnownGood { node.seed = Self.seed(stepKeys[Int(start)...].joined(separator: "\n")) }
        nodes.append(node)
        comboKeys.append(combo.id.rawValue)
        rotationKeys.append([.roundRobin, .random].contains(combo.strategy) ? "combo:\(combo.id.rawValue)" : "")
        return parent
    }

    /// What is set for the provider of a step; nil for steps that are combos.
    private func provider(of node: Int32) -> Combo.Options? {
        let node = nodes[Int(node)]
        guard node.isPool, !settings.providerOptions.isEmpty else { return nil }
        return settings.providerOptions[targets[Int(members[Int(node.start)])].provider]
    }

    /// - Parameter combo: the one the client named; nil when it named a model.
    func plan(requestedModel: String, combo: Combo?) -> RoutePlan {
        var limits = RoutePlan.Limits()
        limits.attempts = max(1, settings.maximumAttempts)
        limits.accountsPerModel = max(1, settings.maximumAccounts)
        limits.retries = settings.retries
        limits.retryDelay = settings.retryDelay.clampedNanoseconds
        limits.timeout = settings.timeout.clampedNanoseconds
        limits.queueTimeout = settings.queueTimeout.clampedNanoseconds
        limits.patience = settings.patience.clampedNanoseconds
        limits.keepsAccounts = settings.keepsAccounts
        if let combo {
            let options = ComboLimits(settings.comboDefaults, combo.options)
            limits.attempts = max(1, options.maximumAttempts)
            limits.retries = options.retries
            limits.retryDelay = options.retryDelay.clampedNanoseconds
            limits.timeout = (options.timeout ?? settings.timeout).clampedNanoseconds
            limits.queueTimeout = options.queueTimeout.clampedNanoseconds
            limits.fallbackOnContentFilter = options.fallbackOnContentFilter
            limits.fallbackOnContextOverflow = options.fallbackOnContextOverflow
        }
        return RoutePlan(
            targets: targets, options: options, nodes: nodes, children: children, members: members,
            rotationKeys: rotationKeys, stepKeys: stepKeys, comboKeys: comboKeys, limits: limits,
            requestedModel: requestedModel, serial: serial,
            prices: targets.map { usagePrices["\($0.provider.rawValue)/\($0.model)".lowercased()] },
            comboName: combo?.name)
    }

    /// FNV-1a: the same in every process, so that what is stored under it can be found again.
    private static func seed(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
