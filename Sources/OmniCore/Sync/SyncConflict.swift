import Crypto

/// What two machines made of the same thing, and nobody but a person can decide.
///
/// Until then each side keeps its own.
public struct SyncConflict: Sendable, Hashable {
    public enum Reason: String, Sendable {
        /// Both changed the same fields.
        case changed
        /// One deleted what the other changed.
        case deleted
        /// Two things want the same name.
        case name
    }

    /// The items of one side; nil for what it does not have.
    public typealias Side = [SyncKey: SyncItem]

    /// Stays the same as long as the same things disagree.
    public var id: String
    public var reason: Reason
    /// One key, or several that want one name.
    public var keys: [SyncKey]
    public var mine: Side
    public var theirs: Side
    /// The fields that differ.
    public var fields: [String]

    /// Changes with what either side has, so that a decision holds for what a person saw.
    public var fingerprint: String {
        var digest = SHA256()
        for (index, side) in [mine, theirs].enumerated() {
            for key in side.keys.sorted() {
                digest.update(data: Array("\(index) \(key.kind.rawValue) \(key.id) \(side[key]?.digest ?? "")\n".utf8))
            }
        }
        return Array(digest.finalize()).hexadecimal
    }

    /// What may be decided: to keep both only makes sense where a name can be changed.
    public var choices: [SyncResolution.Choice] {
        let isNew = reason == .name && keys.allSatisfy { [.combo, .connection, .node].contains($0.kind) }
        return isNew ? [.mine, .theirs, .both] : [.mine, .theirs]
    }
}

/// What a person decided about a conflict.
public struct SyncResolution: Sendable, Hashable {
    public enum Choice: String, Sendable, CaseIterable { case mine, theirs, both }

    /// ``SyncConflict/id``.
    public var conflict: String
    /// ``SyncConflict/fingerprint`` of what was decided about.
    public var fingerprint: String
    public var choice: Choice

    public init(conflict: String, fingerprint: String, choice: Choice) {
        self.conflict = conflict
        self.fingerprint = fingerprint
        self.choice = choice
    }
}
