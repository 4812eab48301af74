import OmniTranslate

/// Plans routes by one snapshot and remembers the plans: most requests of a program name one of a few models.
///
/// A new snapshot takes a new planner. Used on one event loop only; every loop has its own.
public final class RoutePlanner: @unchecked Sendable {  // SAFETY: `plans` is touched on its owner's loop only
    public let snapshot: CatalogSnapshot
    private var plans: [Key: RoutePlan] = [:]
    /// The plan asked for last, which is found without a hash.
    private var last: (key: Key, plan: RoutePlan)?

    private struct Key: Hashable {
        var model: String
        var clientFormat: WireFormat
        /// Of keys with limits only: all others share their plans.
        var clientKey: ClientKeyID?
        var purpose: ModelPurpose
    }

    /// What a client may name without end would fill the memory.
    private static let maximumPlans = 256

    public init(_ snapshot: CatalogSnapshot) {
        self.snapshot = snapshot
    }

    /// The same as ``CatalogSnapshot/plan(model:clientFormat:for:purpose:)``.
    func plan(
        model: String, clientFormat: WireFormat, for clientKey: ClientKeyID? = nil, purpose: ModelPurpose = .chat
    ) throws(UpstreamFault) -> RoutePlan {
        let limited = clientKey.flatMap { snapshot.allowances[$0] == nil ? nil : $0 }
        let key = Key(model: model, clientFormat: clientFormat, clientKey: limited, purpose: purpose)
        if let last, last.key == key { return last.plan }
        if let known = plans[key] {
            last = (key, known)
            return known
        }
        let plan = try snapshot.plan(model: model, clientFormat: clientFormat, for: limited, purpose: purpose)
        if plans.count >= Self.maximumPlans { plans = [:] }
        plans[key] = plan
        return plan
    }
}
