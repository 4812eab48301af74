extension RouteCourse {
    /// The first fresh target that is healthy, in the order of the strategies.
    mutating func pick(
        _ node: Int, path: StepPath, binding: PlanBinding, at now: MonotonicInstant, in health: inout RouterHealth,
        _ random: inout some RandomNumberGenerator, _ scan: inout Scan
    ) -> RouterHealth.Choice? {
        if plan.nodes[node].isPool {
            var first = 0
            if binding.rotations[node] >= 0 {
                first = health.rotations[Int(binding.rotations[node])].start(
                    count: Int(plan.nodes[node].count), sticky: plan.nodes[node].sticky)
            }
            var home: Int32 = -1
            if let session = request.session, plan.limits.keepsAccounts {
                home = health.affinity.account(session, pool: plan.nodes[node].seed, at: now)
            }
            return pickAccount(
                node, path: path, first: first, home: home, binding: binding, at: now, in: health.targetStates,
                &random, &scan)
        }
        let start = Int(plan.nodes[node].start)
        let count = Int(plan.nodes[node].count)
        let isListed = plan.nodes[node].comboStrategy == .priority
        if !isListed { arrange(node, binding: binding, at: now, in: &health, &random) }
        for index in 0..<count {
            let position = start + (isListed ? index : Int(order[start + index]))
            let child = plan.children[position]
            guard child.conditions.admits(request) else {
                note(.step(position), .skipped(.condition), at: now)
                continue
            }
            if tooSmallWindow > 0 {
                let window = plan.nodes[Int(child.node)].window
                if window > 0, window <= tooSmallWindow {
                    note(.step(position), .skipped(.contextTooSmall), at: now)
                    continue
                }
            }
            if child.concurrency > 0, health.steps[Int(binding.steps[position])].gate.inFlight >= child.concurrency {
                scan.anyFits = true
                scan.leftovers.hasTemporary = true
                scan.leftovers.areLimits = false
                consider(.stepFull, readyAt: now, at: now, scan: &scan)
                note(.step(position), .skipped(.stepFull), at: now)
                continue
            }
            if let choice = pick(
                Int(child.node), path: path.appending(position), binding: binding, at: now, in: &health, &random,
                &scan)
            {
                return choice
            }
        }
        return nil
    }

    // MARK: Accounts

    private mutating func pickAccount(
        _ pool: Int, path: StepPath, first: Int, home: Int32, binding: PlanBinding, at now: MonotonicInstant,
        in states: TargetStates,
        _ random: inout some RandomNumberGenerator, _ scan: inout Scan
    ) -> RouterHealth.Choice? {
        scan.anyFits = true
        let start = Int(plan.nodes[pool].start)
        let end = start + Int(plan.nodes[pool].count)
        guard attempted(in: pool) < plan.limits.accountsPerModel else {
            for index in start..<end { note(.target(Int(plan.members[index])), .skipped(.tooManyAccounts), at: now) }
            return nil
        }
        let members = plan.members
        let look = Look(pool: Int32(pool), path: path, now: now)
        // A conversation stays where its prompt is cached.
        if home >= 0, end - start > 1 {
            for index in start..<end where binding.accounts[Int(members[index])] == home {
                guard let standing = admit(members[index], binding: binding, in: states, look, &scan) else { break }
                return look.choice(members[index], standing)
            }
        }
        switch plan.nodes[pool].accountStrategy {
        case .fillFirst:
            for index in start..<end {
                if let standing = admit(members[index], binding: binding, in: states, look, &scan) {
                    return look.choice(members[index], standing)
                }
            }
            return nil
        case .roundRobin:
            for offset in 0..<(end - start) {
                let index =
                    first + offset < end - start ? start + first + offset : first + offset - (end - start) + start
                if let standing = admit(members[index], binding: binding, in: states, look, &scan) {
                    return look.choice(members[index], standing)
                }
            }
            return nil
        case .powerOfTwo:
            return pickOfTwo(start..<end, binding: binding, in: states, look, &random, &scan)
        case .random:
            return pickByLot(start..<end, binding: binding, in: states, look, &random, &scan)
        case .leastUsed:
            return pickLowest(start..<end, binding: binding, in: states, look, &scan) { account, _, states in
                let weight = states.accounts[account].options.weight
                return (
                    Double(states.accounts[account].gate.inFlight) / weight,
                    states.accounts[account].usage.requests(at: now) / weight
                )
            }
        case .quotaAware:
            return pickLowest(start..<end, binding: binding, in: states, look, &scan) { account, model, states in
                // Hundredths, so that what is as good as equal goes to the allowance that is whole again first.
                let headroom = states.headroom(account: account, model: model, at: now)
                return (-(headroom * 100).rounded(), Double(states.accounts[account].quotaResetsAt.nanoseconds))
            }
        }
    }

    /// What stays the same while a pool is looked at.
    private struct Look {
        let pool: Int32
        let path: StepPath
        let now: MonotonicInstant

        func choice(_ target: Int32, _ standing: Standing) -> RouterHealth.Choice {
            RouterHealth.Choice(target: target, pool: pool, path: path, standing: standing)
        }
    }

    /// A target's standing when it may be attempted now; what speaks against it is noted otherwise.
    private mutating func admit(
        _ target: Int32, binding: PlanBinding, in states: TargetStates, _ look: Look, _ scan: inout Scan
    ) -> Standing? {
        if isClosed(target) {
            if trace != nil { noteClosed(target, at: look.now) }
            return nil
        }
        let account = binding.accounts[Int(target)]
        let standing = states.standing(
            account: account, model: binding.models[Int(target)], tokens: request.inputTokens, at: look.now)
        guard let skip = standing.skip else { return standing }
        scan.leftovers.hasTemporary = true
        scan.leftovers.areLimits = scan.leftovers.areLimits && standing.isLimit
        scan.leftovers.readyAt = min(scan.leftovers.readyAt, standing.readyAt)
        consider(skip, readyAt: standing.readyAt, at: look.now, scan: &scan)
        if standing.isLastResort, standing.readyAt < scan.lastResortReadyAt,
            states.accounts[Int(account)].budget.allowsRetry(at: look.now)
        {
            scan.lastResort = look.choice(target, standing)
            scan.lastResortReadyAt = standing.readyAt
        }
        note(.target(Int(target)), .skipped(skip), at: look.now, readyAt: standing.readyAt)
        return nil
    }

    private mutating func noteClosed(_ target: Int32, at now: MonotonicInstant) {
        let isAllowed = plan.targets[Int(target)].connection.map { request.allowedConnections?.contains($0) ?? true }
        let skip: RouteSkip =
            isAllowed == false
            ? .notAllowed : attempts.contains { $0.target == Int(target) } ? .tried : .excluded
        note(.target(Int(target)), .skipped(skip), at: now)
    }

    private mutating func pickOfTwo(
        _ range: Range<Int>, binding: PlanBinding, in states: TargetStates, _ look: Look,
        _ random: inout some RandomNumberGenerator, _ scan: inout Scan
    ) -> RouterHealth.Choice? {
        var first: RouterHealth.Choice?
        var second: RouterHealth.Choice?
        var seen: UInt64 = 0
        for index in range {
            let target = plan.members[index]
            guard let standing = admit(target, binding: binding, in: states, look, &scan) else { continue }
            seen += 1
            if first == nil {
                first = look.choice(target, standing)
            } else if second == nil {
                second = look.choice(target, standing)
            } else {
                // Every pair of healthy accounts is as likely as any other.
                let place = random.next() % seen
                if place == 0 { first = look.choice(target, standing) }
                if place == 1 { second = look.choice(target, standing) }
            }
        }
        guard let first, let second else { return first }
        return cost(first, binding, states) <= cost(second, binding, states) ? first : second
    }

    private func cost(_ choice: RouterHealth.Choice, _ binding: PlanBinding, _ states: TargetStates) -> Double {
        let account = Int(binding.accounts[Int(choice.target)])
        let model = Int(binding.models[Int(choice.target)])
        let inFlight = states.accounts[account].gate.inFlight
        // Of accounts that were never tried the less busy one is better.
        return (states.models[model].latency.cost(inFlight: inFlight) + Double(inFlight))
            / states.accounts[account].options.weight
    }

    private mutating func pickByLot(
        _ range: Range<Int>, binding: PlanBinding, in states: TargetStates, _ look: Look,
        _ random: inout some RandomNumberGenerator, _ scan: inout Scan
    ) -> RouterHealth.Choice? {
        var chosen: RouterHealth.Choice?
        var total = 0.0
        for index in range {
            let target = plan.members[index]
            guard let standing = admit(target, binding: binding, in: states, look, &scan) else { continue }
            let weight = states.accounts[Int(binding.accounts[Int(target)])].options.weight
            total += weight
            if chosen == nil || random.fraction() * total < weight { chosen = look.choice(target, standing) }
        }
        return chosen
    }

    private mutating func pickLowest(
        _ range: Range<Int>, binding: PlanBinding, in states: TargetStates, _ look: Look, _ scan: inout Scan,
        by key: (_ account: Int, _ model: Int, _ states: TargetStates) -> (Double, Double)
    ) -> RouterHealth.Choice? {
        var chosen: RouterHealth.Choice?
        var best = (Double.infinity, Double.infinity)
        for index in range {
            let target = plan.members[index]
            guard let standing = admit(target, binding: binding, in: states, look, &scan) else { continue }
            let value = key(Int(binding.accounts[Int(target)]), Int(binding.models[Int(target)]), states)
            if chosen == nil || value < best {
                best = value
                chosen = look.choice(target, standing)
            }
        }
        return chosen
    }
}

extension RandomNumberGenerator {
    /// From 0 up to, but not including, 1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}
