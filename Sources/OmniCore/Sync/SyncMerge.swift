/// Brings together what this machine has and what is at the endpoint, field by field, knowing what both had before.
///
/// A decision without effects: what it says is done by ``CloudSync``. Nothing is decided by who was later. What only one side
/// changed is taken from it; where both changed the same, each keeps its own until a person has chosen.
public struct SyncMerge: Sendable {
    /// What both agreed on last; empty when nothing is known of that.
    public var base = SyncState()
    public var local: [SyncKey: SyncItem] = [:]
    public var remote = SyncState()
    /// Things that are not to be touched on either side, because they are not chosen or cannot be read here.
    public var isLeftAlone: @Sendable (SyncKey) -> Bool = { _ in false }
    /// Whether an item put together from two sides makes sense.
    public var isValid: @Sendable (SyncKey, SyncItem) -> Bool = { _, _ in true }
    public var resolutions: [SyncResolution] = []
    /// Milliseconds since 1970, for tombstones.
    public var now: Int64 = 0

    public init() {}

    /// What each side is to have.
    public struct Outcome: Sendable, Hashable {
        public var local: [SyncKey: SyncItem] = [:]
        public var remote = SyncState()
        public var conflicts: [SyncConflict] = []
        /// What both agree on once this machine has `local`.
        public var baseBefore = SyncState()
        /// What both agree on once the endpoint has `remote` too.
        public var baseAfter = SyncState()
    }

    private struct Work {
        /// What both sides are to have; nil for nothing.
        var agreed: [SyncKey: SyncItem?] = [:]
        var open: Set<SyncKey> = []
        var conflicts: [SyncConflict] = []
        /// Whose side was taken where somebody had to choose.
        var sides: [SyncKey: SyncResolution.Choice] = [:]
    }

    public func run() -> Outcome {
        var work = Work()
        let keys = Set(base.items.keys).union(local.keys).union(remote.items.keys).filter { !isLeftAlone($0) }
        for key in keys.sorted() { settle(key, in: &work) }
        settleNames(among: keys, in: &work)
        settleSecrets(among: keys, in: &work)
        return outcome(of: work, keys: keys)
    }

    // MARK: One item

    private enum Verdict {
        case agreed(SyncItem?)
        case conflict(SyncConflict.Reason, fields: [String])
    }

    private func settle(_ key: SyncKey, in work: inout Work) {
        switch verdict(key) {
        case .agreed(let item): work.agreed[key] = .some(item)
        case .conflict(let reason, let fields):
            let conflict = SyncConflict(
                id: "\(key.kind.rawValue):\(key.id)", reason: reason, keys: [key], mine: side(local, [key]),
                theirs: side(remote.items, [key]), fields: fields)
            let choice = choice(conflict)
            work.sides[key] = choice
            switch choice {
            case .mine: work.agreed[key] = .some(local[key])
            case .theirs: work.agreed[key] = .some(remote.items[key])
            case .both, nil:
                work.open.insert(key)
                work.conflicts.append(conflict)
            }
        }
    }

    private func verdict(_ key: SyncKey) -> Verdict {
        let (mine, theirs) = (local[key], remote.items[key])
        if mine == theirs { return .agreed(mine) }
        if let before = base.items[key] {
            if mine == before { return .agreed(theirs) }
            if theirs == before { return .agreed(mine) }
            guard let mine, let theirs else { return .conflict(.deleted, fields: []) }
            return merged(key, before: before, mine, theirs)
        }
        guard let mine else { return .agreed(theirs) }
        guard let theirs else {
            // One that this machine has heard of already was there before somebody made the thing anew.
            guard let tombstone = remote.tombstones[key], base.tombstones[key] != tombstone else {
                return .agreed(mine)
            }
            return tombstone.digest == mine.digest ? .agreed(nil) : .conflict(.deleted, fields: [])
        }
        return merged(key, before: SyncItem(), mine, theirs)
    }

    private func merged(_ key: SyncKey, before: SyncItem, _ mine: SyncItem, _ theirs: SyncItem) -> Verdict {
        var result = SyncItem()
        var conflicting: [String] = []
        for name in Set(before.fields.keys).union(mine.fields.keys).union(theirs.fields.keys) {
            let (old, own, other) = (before.fields[name], mine.fields[name], theirs.fields[name])
            if own == other || other == old {
                result.fields[name] = own
            } else if own == old {
                result.fields[name] = other
            } else {
                conflicting.append(name)
            }
        }
        guard conflicting.isEmpty else { return .conflict(.changed, fields: conflicting.sorted()) }
        guard result == mine || result == theirs || isValid(key, result) else {
            let differing = Set(mine.fields.keys).union(theirs.fields.keys).filter {
                mine.fields[$0] != theirs.fields[$0]
            }
            return .conflict(.changed, fields: differing.sorted())
        }
        return .agreed(result)
    }

    private func choice(_ conflict: SyncConflict) -> SyncResolution.Choice? {
        let fitting = resolutions.first { $0.conflict == conflict.id && $0.fingerprint == conflict.fingerprint }
        return fitting.flatMap { conflict.choices.contains($0.choice) ? $0.choice : nil }
    }

    private func side(_ items: [SyncKey: SyncItem], _ keys: [SyncKey]) -> SyncConflict.Side {
        items.filter { keys.contains($0.key) }
    }

    // MARK: Names

    /// Holds back whatever would give one name to two things, on either side.
    ///
    /// What is held back keeps the name it has there, which may clash anew with something else; so this goes on until nothing
    /// is left, at the latest when everything is as it was.
    private func settleNames(among keys: Set<SyncKey>, in work: inout Work) {
        var isSettled = false
        var decided: Set<String> = []
        while !isSettled {
            isSettled = true
            for (name, clashing) in clashes(among: keys, work).sorted(by: { $0.key < $1.key })
            where clashing.contains(where: { !work.open.contains($0) }) {
                isSettled = false
                let keys = clashing.sorted()
                let conflict = SyncConflict(
                    id: "name:\(name)", reason: .name, keys: keys, mine: side(local, keys),
                    theirs: side(remote.items, keys), fields: ["name"])
                // Once for each name: decisions about several that hang together could go on for ever.
                if let choice = choice(conflict), decided.insert(name).inserted,
                    settle(conflict, name: name, choice, in: &work)
                {
                    break
                }
                work.conflicts.append(conflict)
                for key in keys {
                    work.open.insert(key)
                    work.agreed[key] = nil
                }
                break
            }
        }
        let names = work.conflicts.filter { $0.reason == .name }
        work.conflicts = work.conflicts.filter { conflict in
            guard conflict.keys.contains(where: work.open.contains) else { return false }
            return conflict.reason == .name || !names.contains { $0.keys.contains(conflict.keys[0]) }
        }
    }

    /// Names that several things would have, on one side or the other.
    private func clashes(among keys: Set<SyncKey>, _ work: Work) -> [String: Set<SyncKey>] {
        var clashes: [String: Set<SyncKey>] = [:]
        for before in [local, remote.items] {
            var owners: [String: Set<SyncKey>] = [:]
            for key in keys {
                let item = work.open.contains(key) ? before[key] : work.agreed[key] ?? nil
                for name in item.map({ SyncNames.taken(by: key, $0) }) ?? [] { owners[name, default: []].insert(key) }
            }
            for (name, keys) in owners where keys.count > 1 { clashes[name, default: []].formUnion(keys) }
        }
        return clashes
    }

    /// - Returns: false when the decision does not help.
    private func settle(
        _ conflict: SyncConflict, name: String, _ choice: SyncResolution.Choice, in work: inout Work
    ) -> Bool {
        var decided: [SyncKey: SyncItem?] = [:]
        for key in conflict.keys {
            switch choice {
            case .mine: decided[key] = .some(local[key])
            case .theirs: decided[key] = .some(remote.items[key])
            case .both:
                let (mine, theirs) = (local[key], remote.items[key])
                let isMine = mine.map { SyncNames.taken(by: key, $0).contains(name) } ?? false
                guard isMine, let mine, theirs.map({ !SyncNames.taken(by: key, $0).contains(name) }) ?? true else {
                    decided[key] = .some(theirs ?? mine)
                    continue
                }
                decided[key] = .some(SyncNames.renamed(mine, key, besides: Array(local) + Array(remote.items)))
            }
        }
        var owners: Set<String> = []
        for case (let key, let item?) in decided {
            for name in SyncNames.taken(by: key, item) {
                guard owners.insert(name).inserted else { return false }
            }
        }
        guard decided.contains(where: { work.agreed[$0.key] != $0.value }) else { return false }
        for (key, item) in decided {
            work.agreed[key] = item
            work.open.remove(key)
        }
        return true
    }

    // MARK: Secrets

    /// A secret shares the fate of what it belongs to: it is held back with it, goes with it, and comes back with it.
    private func settleSecrets(among keys: Set<SyncKey>, in work: inout Work) {
        for key in keys.sorted() where key.kind == .secret {
            guard let owner = key.owner, !isLeftAlone(owner) else { continue }
            if work.open.contains(owner) {
                work.open.insert(key)
                work.agreed[key] = nil
                work.conflicts.removeAll { $0.keys == [key] }
            } else if (work.agreed[owner] ?? nil) == nil {
                work.agreed[key] = .some(nil)
                work.open.remove(key)
                work.conflicts.removeAll { $0.keys == [key] }
            } else if let side = work.sides[owner], !work.open.contains(key) {
                work.agreed[key] = .some(side == .mine ? local[key] : remote.items[key])
            }
        }
    }

    // MARK: The result

    private func outcome(of work: Work, keys: Set<SyncKey>) -> Outcome {
        var outcome = Outcome()
        outcome.conflicts = work.conflicts
        outcome.remote = remote
        // What is left alone is none of the base's: once it is chosen, nothing is known of what both had.
        outcome.baseBefore.tombstones = remote.tombstones.filter { !isLeftAlone($0.key) }
        for key in keys {
            guard !work.open.contains(key) else {
                outcome.local[key] = local[key]
                outcome.baseBefore.items[key] = base.items[key]
                outcome.baseAfter.items[key] = base.items[key]
                outcome.baseBefore.tombstones[key] = base.tombstones[key]
                continue
            }
            let item = work.agreed[key] ?? nil
            outcome.local[key] = item
            outcome.baseBefore.items[key] = remote.items[key]
            outcome.baseAfter.items[key] = item
            outcome.remote.items[key] = item
            if item != nil {
                outcome.remote.tombstones[key] = nil
            } else if let gone = remote.items[key] {
                outcome.remote.tombstones[key] = SyncTombstone(deletedAt: now, digest: gone.digest)
            }
        }
        outcome.remote.forgetOldTombstones()
        outcome.baseAfter.tombstones = outcome.remote.tombstones.filter { !isLeftAlone($0.key) }
        for key in work.open { outcome.baseAfter.tombstones[key] = base.tombstones[key] }
        return outcome
    }
}
