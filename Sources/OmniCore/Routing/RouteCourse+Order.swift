extension RouteCourse {
    /// Orders the children of a combo for this request, once.
    mutating func arrange(
        _ node: Int, binding: PlanBinding, at now: MonotonicInstant, in health: inout RouterHealth,
        _ random: inout some RandomNumberGenerator
    ) {
        if order.isEmpty {
            order = Array(repeating: 0, count: plan.children.count)
            isOrdered = Array(repeating: false, count: plan.nodes.count)
        }
        guard !isOrdered[node] else { return }
        isOrdered[node] = true
        let start = Int(plan.nodes[node].start)
        let count = Int(plan.nodes[node].count)
        for index in 0..<count { order[start + index] = Int32(index) }
        switch plan.nodes[node].comboStrategy {
        case .priority: break
        case .weighted: drawByWeight(start, count, &random)
        case .roundRobin:
            let rotation = health.rotations[Int(binding.rotations[node])]
            let first = rotation.start(count: count, sticky: plan.nodes[node].sticky)
            for index in 0..<count { order[start + index] = Int32((first + index) % count) }
        case .random:
            let rotation = Int(binding.rotations[node])
            health.rotations[rotation].prepareDeck(count: count, using: &random)
            let dealt = health.rotations[rotation].dealt
            for index in 0..<count {
                order[start + index] = health.rotations[rotation].deck[(dealt + index) % count]
            }
        case .leastUsed:
            sort(start, count) { child in
                let step = health.steps[Int(binding.steps[child])]
                return step.usage.requests(at: now) + Double(step.gate.inFlight)
            }
        case .leastBusy:
            sort(start, count) { Double(health.steps[Int(binding.steps[$0])].gate.inFlight) }
        case .lowestLatency:
            sort(start, count) { child in
                let step = health.steps[Int(binding.steps[child])]
                return step.latency.cost(inFlight: step.gate.inFlight)
            }
            leadWithTwo(start, count, &random)
        case .costOptimized:
            sort(start, count) { [plan, request] child in
                plan.nodes[Int(plan.children[child].node)].cost(of: request) ?? .infinity
            }
        case .contextAware:
            sort(start, count) { [plan, request] child in
                let window = plan.nodes[Int(plan.children[child].node)].window
                // Unknown windows come after those that fit, too small ones last and the largest of them first: the
                // request's size is an estimate.
                if window == 0 { return 1e15 }
                return window >= request.inputTokens ? Double(window) : 1e18 - Double(window)
            }
        case .lastKnownGood:
            guard let session = request.session else { break }
            let last = health.lastSteps.account(session, pool: plan.nodes[node].seed, at: now)
            guard last > 0, last < Int32(count) else { break }
            for index in 0...Int(last) { order[start + index] = index == 0 ? last : Int32(index - 1) }
        case .quotaAware:
            let states = health.targetStates
            sort(start, count) { [plan] child in
                -states.headroom(behind: Int(plan.children[child].node), in: plan, binding: binding, at: now)
            }
        }
    }

    /// Stable: children that are equal keep the combo's order.
    private mutating func sort(_ start: Int, _ count: Int, by key: (_ child: Int) -> Double) {
        var keys: [Double] = []
        keys.reserveCapacity(count)
        for index in 0..<count {
            let value = key(start + index)
            var place = index
            while place > 0, keys[place - 1] > value {
                order[start + place] = order[start + place - 1]
                place -= 1
            }
            order[start + place] = Int32(index)
            keys.insert(value, at: place)
        }
    }

    /// Draws all by weight without putting back; those without weight come last, as listed.
    private mutating func drawByWeight(_ start: Int, _ count: Int, _ random: inout some RandomNumberGenerator) {
        var rest = (0..<count).reduce(0) { $0 + plan.children[start + $1].weight }
        // Without any weight all are equal.
        let isUniform = rest <= 0
        if isUniform { rest = Double(count) }
        for place in 0..<count where rest > 1e-9 {
            var lot = random.fraction() * rest
            var drawn = place
            for index in place..<count {
                let weight = isUniform ? 1 : plan.children[start + Int(order[start + index])].weight
                guard weight > 0 else { continue }
                drawn = index
                lot -= weight
                if lot < 0 { break }
            }
            let member = order[start + drawn]
            rest -= isUniform ? 1 : plan.children[start + Int(member)].weight
            // The ones passed over keep their order.
            for index in stride(from: drawn, to: place, by: -1) { order[start + index] = order[start + index - 1] }
            order[start + place] = member
        }
    }

    /// The better of two drawn by lot goes first: the best of all would be everyone's choice at once.
    private mutating func leadWithTwo(_ start: Int, _ count: Int, _ random: inout some RandomNumberGenerator) {
        guard count > 2 else { return }
        let one = Int(random.next() % UInt64(count))
        let other = (one + 1 + Int(random.next() % UInt64(count - 1))) % count
        // They are sorted, so that the earlier one is the better one.
        let lead = min(one, other)
        let member = order[start + lead]
        for index in stride(from: lead, to: 0, by: -1) { order[start + index] = order[start + index - 1] }
        order[start] = member
    }
}
