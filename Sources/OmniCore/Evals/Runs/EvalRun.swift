/// One suite put to one or several models, or held against answers that somebody brought.
public struct EvalRun: Sendable, Hashable {
    /// How far a run is, or how it ended.
    public enum Status: String, Sendable, CaseIterable {
        case queued, running
        /// Every case was put to every model.
        case completed
        /// Somebody ended it.
        case cancelled
        /// The router stopped while it ran.
        case interrupted
        /// It ended before its last case because more would have gone beyond its limit of cost.
        case stopped
        /// Something in the router went wrong.
        case failed

        public var isOver: Bool { self != .queued && self != .running }
    }

    /// Where its answers come from.
    public enum Kind: String, Sendable, CaseIterable { case models, outputs }

    /// What a person decides about a run.
    public struct Options: Sendable, Hashable {
        /// How many cases are under way at once.
        public var concurrency = 4
        /// nil limits nothing.
        public var maximumCost: NanoDollars?
        /// For each call of a model.
        public var timeout = Duration.seconds(60)
        /// Asked by judges that name no model.
        public var judgeModel: String?
        /// Whose budgets and permissions hold; nil for the router's own.
        public var clientKey: ClientKeyID?

        public static let concurrencies = 1...32
        public static let timeouts = 1000...600_000

        public init() {}
    }

    public var id: String
    public var suiteID: String
    public var suiteName: String
    public var kind: Kind
    /// What is asked, as a client would name it; for answers that were brought, who is said to have given them.
    public var models: [String]
    public var options: Options
    /// A person's word about it.
    public var note: String
    public var status = Status.queued
    /// Why it ended before its end, for people.
    public var reason: String?
    /// Milliseconds since 1970.
    public var createdAt: Int64
    public var startedAt: Int64?
    public var finishedAt: Int64?
    /// Cases times models.
    public var total: Int
    /// One for each model, in their order.
    public var tallies: [EvalTally]
    /// What was paid for cases that were cut off.
    public var costOfRest = NanoDollars.zero

    public init(
        id: String, suite: EvalSuite, kind: Kind, models: [String], options: Options = Options(), note: String = "",
        createdAt: Int64
    ) {
        self.id = id
        suiteID = suite.id
        suiteName = suite.name
        self.kind = kind
        self.models = models
        self.options = options
        self.note = note
        self.createdAt = createdAt
        total = suite.cases.count * models.count
        tallies = models.map { EvalTally(model: $0) }
    }

    /// All models together.
    public var sum: EvalTally {
        var sum = EvalTally(model: "")
        for tally in tallies { sum.add(tally) }
        sum.cost += costOfRest
        return sum
    }

    mutating func count(_ result: EvalCaseResult) {
        guard let index = tallies.firstIndex(where: { $0.model == result.model }) else { return }
        tallies[index].count(result)
    }
}

/// What came of the cases of one model.
public struct EvalTally: Sendable, Hashable {
    public var model: String
    public var done = 0
    public var passed = 0
    /// Among those that did not pass: no answer, or a judge that could not decide.
    public var errors = 0
    public var cost = NanoDollars.zero
    /// How many answers had no price.
    public var unpriced = 0
    public var inputTokens = 0
    public var outputTokens = 0
    /// The sum over the cases that were answered.
    public var latencyMS = 0
    public var answered = 0

    public init(model: String) { self.model = model }

    public var failed: Int { done - passed }

    /// From 0 to 100, with one decimal; nil before the first case.
    public var passRate: Double? {
        done == 0 ? nil : (Double(passed) * 1000 / Double(done)).rounded() / 10
    }

    public var averageLatencyMS: Int? { answered == 0 ? nil : latencyMS / answered }

    mutating func count(_ result: EvalCaseResult) {
        done += 1
        if result.outcome == .passed { passed += 1 }
        if result.outcome == .error { errors += 1 }
        if let cost = result.cost { self.cost += cost } else { unpriced += 1 }
        inputTokens += result.inputTokens
        outputTokens += result.outputTokens
        if let latency = result.latencyMS {
            latencyMS += latency
            answered += 1
        }
    }

    mutating func add(_ other: EvalTally) {
        done += other.done
        passed += other.passed
        errors += other.errors
        cost += other.cost
        unpriced += other.unpriced
        inputTokens += other.inputTokens
        outputTokens += other.outputTokens
        latencyMS += other.latencyMS
        answered += other.answered
    }
}
