/// Keeps suites that people made.
///
/// Every change is durable when its call returns.
public protocol EvalSuiteStore: Sendable {
    /// By name.
    func evalSuites() async throws -> [EvalSuite]
    func evalSuite(_ id: String) async throws -> EvalSuite?
    /// - Returns: false when there is one with this id.
    func insertEvalSuite(_ suite: EvalSuite) async throws -> Bool
    /// - Returns: false when there is none with this id.
    func updateEvalSuite(_ suite: EvalSuite) async throws -> Bool
    func deleteEvalSuite(_ id: String) async throws -> Bool
}

/// Keeps runs and their results.
///
/// What writes is done when the call returns, also in a task that is cancelled: how a run ended must be known afterwards.
public protocol EvalRunStore: Sendable {
    func insertEvalRun(_ run: EvalRun) throws
    func updateEvalRun(_ run: EvalRun) throws
    /// Adds a result and how far the run is now, in one step.
    func add(_ result: EvalCaseResult, to run: EvalRun) throws
    /// Marks runs that an earlier process left behind.
    /// - Returns: how many.
    func interruptEvalRuns(now: Int64) throws -> Int

    func evalRun(_ id: String) async throws -> EvalRun?
    /// Newest first.
    func evalRuns(_ filter: EvalRunFilter) async throws -> (runs: [EvalRun], total: Int)
    /// In the order they came, the first `offset` left out.
    func evalResults(of id: String, offset: Int) async throws -> [EvalCaseResult]
    func deleteEvalRun(_ id: String) async throws -> Bool
}

/// Which runs are meant; nil means any.
public struct EvalRunFilter: Sendable {
    public var suiteID: String?
    public var status: EvalRun.Status?
    public var limit: Int
    public var offset: Int

    public init(suiteID: String? = nil, status: EvalRun.Status? = nil, limit: Int = 50, offset: Int = 0) {
        self.suiteID = suiteID
        self.status = status
        self.limit = limit
        self.offset = offset
    }
}
