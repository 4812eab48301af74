/// Which combos a request came through and how often it changed steps in each, for their counts.
struct ComboTrail: Sendable {
    private struct Visit {
        var node: Int32
        /// The step in use.
        var child: Int32
        var fallbacks = 0
    }

    private var visits: [Visit] = []
    /// When the first event came.
    var answeredAt: MonotonicInstant?
    private var isCounted = false

    /// An attempt begins.
    mutating func note(_ path: StepPath, in plan: RoutePlan) {
        for level in 0..<path.count {
            let child = Int32(path[level])
            let node = plan.children[path[level]].parent
            if let known = visits.firstIndex(where: { $0.node == node }) {
                if visits[known].child != child { visits[known].fallbacks += 1 }
                visits[known].child = child
            } else {
                visits.append(Visit(node: node, child: child))
            }
        }
    }

    /// The request is over: each combo it came through counts it, once.
    ///
    /// A combo inside another one succeeded only when the answer came from it.
    mutating func count(
        _ ending: ServingCounts.Ending, status: Int, from path: StepPath, course: RouteCourse,
        binding: PlanBinding, at now: MonotonicInstant, in health: inout RouterHealth
    ) {
        let plan = course.plan
        guard !isCounted, !plan.isSinglePool else { return }
        isCounted = true
        let root = Int32(plan.root)
        if !visits.contains(where: { $0.node == root }) { visits.append(Visit(node: root, child: -1)) }
        for visit in visits {
            let combo = Int(binding.combos[Int(visit.node)])
            let isServing =
                visit.node == root || (0..<path.count).contains { plan.children[path[$0]].parent == visit.node }
            health.combos[combo].fallbacks += visit.fallbacks
            if isServing, let answeredAt { health.combos[combo].answered(after: answeredAt.since(course.startedAt)) }
            health.combos[combo].ended(
                isServing || ending != .success ? ending : .failure, status: status, at: now)
        }
        health.revision += 1
    }
}
