import OmniTranslate

/// What would be attempted for a request right now and why, without attempting anything.
public struct RouteExplanation: Sendable {
    /// Every target of the plan in the order it is tried, and what speaks for or against it.
    public struct Candidate: Sendable {
        public var target: Target
        public var decision: RouteTrace.Decision?
        /// Milliseconds until it may be attempted again, where that is known.
        public var readyInMS: Int?
    }

    /// The steps of combos that were passed over.
    public struct SkippedStep: Sendable {
        public var name: String
        public var skip: RouteSkip
    }

    public var candidates: [Candidate] = []
    public var skippedSteps: [SkippedStep] = []
    /// The target that would be attempted first; nil when none would be.
    public var chosen: Target?
    /// What a client would be told when nothing can be attempted.
    public var refusal: String?
    /// Milliseconds a request would wait first.
    public var waitMS: Int?

    /// - Parameter health: a copy; nothing of this counts as a request.
    public init(_ plan: RoutePlan, request: RequestTraits, health: RouterHealth, at now: MonotonicInstant) {
        var health = health
        var dice = SplitMix64(seed: now.nanoseconds)
        var course = RouteCourse(plan, request: request, at: now, trace: RouteTrace())
        switch course.next(at: now, health: &health, random: &dice) {
        case .attempt(let index, _, _): chosen = plan.targets[index]
        case .wait(let until): waitMS = Int(clamping: until.since(now) / 1_000_000)
        case .fail(let failure): refusal = failure.fault.message
        }
        var decisions: [Int: RouteTrace.Entry] = [:]
        for entry in course.trace?.entries ?? [] {
            switch (entry.subject, entry.decision) {
            case (.target(let index), _): decisions[index] = entry
            case (.step(let child), .skipped(let skip)):
                skippedSteps.append(SkippedStep(name: plan.stepName(child), skip: skip))
            case (.step, _): break
            }
        }
        candidates = plan.targets.enumerated().map { index, target in
            let entry = decisions[index]
            let readyAt = entry?.readyAt.flatMap { $0 == .never ? nil : $0 }
            return Candidate(
                target: target, decision: entry?.decision,
                readyInMS: readyAt.map { Int(clamping: $0.since(now) / 1_000_000) })
        }
    }
}
