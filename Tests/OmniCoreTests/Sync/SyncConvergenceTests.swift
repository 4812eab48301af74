import Testing

@testable import OmniCore

/// A law: machines that synchronise in any order end with the same configuration, and nothing anybody saved is lost unless
/// somebody replaced it knowing it, or decided against it.
@Suite struct SyncConvergenceTests {
    /// SplitMix64, so that a failing seed can be run again.
    private struct Chance: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private struct Field: Hashable {
        var key: SyncKey
        var name: String
    }

    private struct Machine {
        var local: [SyncKey: SyncItem] = [:]
        var base = SyncState()
        var resolutions: [SyncResolution] = []
        var conflicts: [SyncConflict] = []
    }

    private struct World {
        var machines: [Machine]
        var remote = SyncState()
        var chance: Chance
        var clock: Int64 = 0
        /// What each saved value had replaced, by the value, which is never used twice.
        var replaced: [String: Set<String>] = [:]
        /// Values somebody decided against.
        var dropped: Set<String> = []
        /// Values by where they were saved.
        var saved: [Field: Set<String>] = [:]

        private mutating func stamp() -> String {
            clock += 1
            return "v\(clock)"
        }

        mutating func edit(_ index: Int) {
            let kinds: [SyncKind] = [.combo, .alias]
            guard let kind = kinds.randomElement(using: &chance) else { return }
            let key = SyncKey(kind, "\(Int.random(in: 0..<4, using: &chance))")
            if machines[index].local[key] != nil, Int.random(in: 0..<5, using: &chance) == 0 {
                // Whoever deletes knows what is there.
                for name in machines[index].local[key]?.fields.keys.sorted() ?? [] {
                    drop(machines[index].local[key]?.text(name))
                }
                machines[index].local[key] = nil
                return
            }
            let name = ["x", "y", "z"].randomElement(using: &chance) ?? "x"
            let value = stamp()
            let field = Field(key: key, name: name)
            if let old = machines[index].local[key]?.text(name) { replaced[value] = [old] }
            machines[index].local[key, default: SyncItem()].set(name, value)
            saved[field, default: []].insert(value)
        }

        private mutating func drop(_ value: String?) {
            guard let value else { return }
            dropped.insert(value)
        }

        mutating func synchronise(_ index: Int) {
            var merge = SyncMerge()
            merge.base = machines[index].base
            merge.local = machines[index].local
            merge.remote = remote
            merge.resolutions = machines[index].resolutions
            clock += 1
            merge.now = clock
            let before = (merge.local, remote.items)
            let outcome = merge.run()
            let decided = Set(machines[index].conflicts.map(\.id)).subtracting(outcome.conflicts.map(\.id))
            for conflict in machines[index].conflicts where decided.contains(conflict.id) {
                for key in conflict.keys {
                    for side in [before.0[key], before.1[key]] {
                        for name in side?.fields.keys.sorted() ?? []
                        where outcome.local[key]?.text(name) != side?.text(name) {
                            drop(side?.text(name))
                        }
                    }
                }
            }
            machines[index].local = outcome.local
            machines[index].base = outcome.baseAfter
            machines[index].conflicts = outcome.conflicts
            machines[index].resolutions = []
            remote = outcome.remote
        }

        mutating func decide(_ index: Int) {
            machines[index].resolutions = machines[index].conflicts.map { conflict in
                SyncResolution(
                    conflict: conflict.id, fingerprint: conflict.fingerprint,
                    choice: conflict.choices.randomElement(using: &chance) ?? .mine)
            }
        }

        /// All that a value stands for: itself and what it replaced.
        func known(by value: String) -> Set<String> {
            var all: Set<String> = [value]
            var open = [value]
            while let next = open.popLast() {
                for older in replaced[next] ?? [] where all.insert(older).inserted { open.append(older) }
            }
            return all
        }
    }

    @Test(arguments: 0..<300)
    func machinesConvergeAndLoseNothing(seed: Int) {
        var world = World(
            machines: Array(repeating: Machine(), count: seed % 2 == 0 ? 2 : 3), chance: Chance(state: UInt64(seed)))
        for _ in 0..<60 {
            let index = Int.random(in: 0..<world.machines.count, using: &world.chance)
            switch Int.random(in: 0..<4, using: &world.chance) {
            case 0, 1: world.edit(index)
            case 2: world.synchronise(index)
            default:
                world.decide(index)
                world.synchronise(index)
            }
        }
        // From here on nobody edits; each conflict is decided, which takes a round for each machine at most.
        for _ in 0..<(world.machines.count * 4) {
            for index in world.machines.indices {
                world.synchronise(index)
                world.decide(index)
                world.synchronise(index)
            }
        }
        for machine in world.machines {
            #expect(machine.conflicts.isEmpty)
            #expect(machine.local == world.remote.items)
        }
        for (field, values) in world.saved {
            let kept = world.remote.items[field.key]?.text(field.name).map { world.known(by: $0) } ?? []
            let accounted = world.dropped.reduce(into: kept) { $0.formUnion(world.known(by: $1)) }
            #expect(values.subtracting(accounted).isEmpty, "lost at \(field.key) \(field.name)")
        }
    }
}
