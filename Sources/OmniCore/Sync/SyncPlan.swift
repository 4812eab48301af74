/// What a run is to change, worked out from a configuration and what lies at the endpoint.
struct SyncPlan: Sendable {
    let configuration: RouterConfiguration
    let base: SyncState
    let remote: SyncState
    let choices: Set<SyncChoice>
    var resolutions: [SyncResolution] = []
    /// Milliseconds since 1970.
    var now: Int64 = 0

    struct Decided: Sendable {
        var outcome: SyncMerge.Outcome
        /// Of this machine; nil for what is to be gone.
        var changes: [SyncKey: SyncItem?]
        var unreadable: [SyncRecord.Unreadable]
    }

    private var local: SyncCollection { SyncCollection(configuration, choices: choices, base: base) }

    /// Whether a decision still fits: nobody has changed what it was made for.
    func isStillTrue(of current: RouterConfiguration) -> Bool {
        let (then, now) = (local, SyncCollection(current, choices: choices, base: base))
        return then.items == now.items && then.withheld == now.withheld
    }

    /// Merges, and leaves alone whatever this version would not keep as it came: left out of what it sends next it would be
    /// lost for the others.
    func decide() -> Decided {
        let local = local
        var unreadable: [SyncKey: String] = [:]
        while true {
            let outcome = merge(local, leavingAlone: unreadable)
            var changes: [SyncKey: SyncItem?] = [:]
            for key in Set(local.items.keys).union(outcome.local.keys)
            where !isLeftAlone(key, local, unreadable) && outcome.local[key] != local.items[key] {
                changes[key] = .some(outcome.local[key])
            }
            let lost = losses(taking: changes, base: outcome.baseAfter)
            guard !lost.isEmpty else {
                let list = unreadable.sorted { $0.key < $1.key }.map {
                    SyncRecord.Unreadable(key: $0.key, reason: $0.value)
                }
                return Decided(outcome: outcome, changes: changes, unreadable: list)
            }
            unreadable.merge(lost) { old, _ in old }
        }
    }

    private func isLeftAlone(_ key: SyncKey, _ local: SyncCollection, _ unreadable: [SyncKey: String]) -> Bool {
        [key, key.owner].contains { key in
            key.map {
                !choices.contains($0.kind.choice) || local.withheld.contains($0) || unreadable[$0] != nil
            } ?? false
        }
    }

    private func merge(_ local: SyncCollection, leavingAlone unreadable: [SyncKey: String]) -> SyncMerge.Outcome {
        let (configuration, now) = (configuration, now)
        var merge = SyncMerge()
        merge.base = base
        merge.local = local.items
        merge.remote = remote
        merge.isLeftAlone = { isLeftAlone($0, local, unreadable) }
        merge.isValid = { key, item in
            // The reason is the conflict that is shown.
            (try? configuration.applying([key: item], now: now)) != nil
        }
        merge.resolutions = resolutions
        merge.now = now
        return merge.run()
    }

    /// Changes that would not be there afterwards as they came, with the reason.
    private func losses(taking changes: [SyncKey: SyncItem?], base: SyncState) -> [SyncKey: String] {
        var lost: [SyncKey: String] = [:]
        var applied: RouterConfiguration?
        do {
            applied = try configuration.applying(changes, now: now)
        } catch {
            for (key, item) in changes {
                do {
                    _ = try configuration.applying([key: item], now: now)
                } catch {
                    lost[key] = "\(error)"
                }
            }
        }
        guard let applied, lost.isEmpty else { return lost }
        let after = SyncCollection(applied, choices: choices, base: base)
        for (key, item) in changes where after.items[key] != item {
            lost[key] =
                key.kind == .secret ? "what it belongs to is not here" : "a later version wrote it; update this one"
        }
        return lost
    }
}
