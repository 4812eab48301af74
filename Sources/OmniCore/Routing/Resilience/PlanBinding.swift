/// Where the states of everything a plan names lie in ``RouterHealth``.
struct PlanBinding: Sendable {
    let plan: RoutePlan
    let epoch: UInt64
    /// By target.
    private(set) var accounts: [Int32] = []
    /// By target.
    private(set) var models: [Int32] = []
    /// By node; -1 where no state is kept.
    private(set) var rotations: [Int32] = []
    /// By child.
    private(set) var steps: [Int32] = []
    /// By node; -1 for pools.
    private(set) var combos: [Int32] = []

    init(_ plan: RoutePlan, in health: inout RouterHealth, at now: MonotonicInstant) {
        self.plan = plan
        epoch = health.epoch
        accounts.reserveCapacity(plan.targets.count)
        models.reserveCapacity(plan.targets.count)
        for (target, options) in zip(plan.targets, plan.options) {
            // Providers without accounts are one account of their own.
            let account = health.account(target.connection ?? ConnectionID("provider:\(target.provider.rawValue)"))
            if plan.serial >= health.adopted { health.apply(options, account: account, at: now) }
            accounts.append(account)
            models.append(health.model(target.model, account: account, at: now))
        }
        rotations = plan.nodes.indices.map { node in
            plan.rotationKeys[node].isEmpty ? -1 : health.rotation(plan.rotationKeys[node])
        }
        steps = plan.stepKeys.map { health.step($0) }
        combos = plan.comboKeys.map { $0.isEmpty ? -1 : health.combo($0) }
    }
}
