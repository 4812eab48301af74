/// An attempt in flight: what was taken for it and must be given back.
public struct AttemptTicket: Sendable, Hashable {
    /// Unique within a ``RouterHealth``.
    public let serial: UInt64
    /// Into ``RoutePlan/targets``.
    public let target: Int
    public let startedAt: MonotonicInstant
    /// Whether it tests a target that may not have recovered.
    public let isProbe: Bool
    /// Whether this request attempted the target before.
    public let isRetry: Bool
    let account: Int32
    let model: Int32
    let path: StepPath
    /// The leaf it was taken from.
    let pool: Int32
    let tokens: Int
    let testsAccount: Bool
    let testsModel: Bool
    /// Whether the first event came: the target has recovered, and its latency is known.
    var hasAnswered = false
}

/// The steps that lead to a pool, outermost first.
struct StepPath: Sendable, Hashable {
    /// Deeper combos than these four are not compiled.
    private var children = SIMD4<Int32>(repeating: -1)
    private(set) var count = 0

    static let maximumDepth = 4

    subscript(_ level: Int) -> Int { Int(children[level]) }

    func appending(_ child: Int) -> StepPath {
        var path = self
        precondition(count < Self.maximumDepth, "plans are compiled no deeper")
        path.children[count] = Int32(child)
        path.count += 1
        return path
    }
}
