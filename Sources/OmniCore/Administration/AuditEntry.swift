/// One thing that was done, or refused, in the administration of the router.
public struct AuditEntry: Sendable, Hashable {
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        case success
        /// It was tried and did not work.
        case failure
        /// Whoever asked may not.
        case refused
    }

    /// Rises by one from entry to entry; 0 until the entry is stored.
    public var sequence: Int64 = 0
    /// Milliseconds since 1970.
    public var time: Int64
    /// What was done, as area and verb such as `keys.create`.
    public var action: String
    /// `session:<beginning of its digest>`, `token:<id>`, `anonymous` or `system`.
    public var actor: String
    /// The name a person gave to the actor.
    public var actorName: String?
    /// Ids of what it was done to.
    public var target: String?
    /// The other end of the connection.
    public var address: String?
    public var outcome: Outcome
    /// The status of the answer.
    public var status: Int?
    public var requestID: String?
    /// A JSON object without secrets.
    public var details: String
    /// A code over this entry and the code of the one before; empty until the entry is stored.
    public var code: [UInt8] = []

    public init(
        time: Int64, action: String, actor: String, actorName: String? = nil, target: String? = nil,
        address: String? = nil, outcome: Outcome = .success, status: Int? = nil, requestID: String? = nil,
        details: String = "{}"
    ) {
        self.time = time
        self.action = action
        self.actor = actor
        self.actorName = actorName
        self.target = target
        self.address = address
        self.outcome = outcome
        self.status = status
        self.requestID = requestID
        self.details = details
    }

    /// Everything but the code, each part with its length before it so that no two entries share one form.
    public var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        func add(_ text: String?) {
            guard let text else { return bytes.append(0) }
            bytes.append(1)
            withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { bytes += $0 }
            bytes += text.utf8
        }
        for part in [
            String(sequence), String(time), action, actor, actorName, target, address, outcome.rawValue,
            status.map(String.init), requestID, details,
        ] {
            add(part)
        }
        return bytes
    }
}

/// Which entries of the audit log are meant.
public struct AuditFilter: Sendable, Hashable {
    /// An action, or with `.*` at its end all of its area.
    public var action: String?
    /// An actor as it is stored, its name, or the id behind its kind.
    public var actor: String?
    public var target: String?
    public var address: String?
    public var outcome: AuditEntry.Outcome?
    /// Milliseconds since 1970; the first that counts.
    public var from: Int64?
    /// Milliseconds since 1970; the first that does not count any more.
    public var to: Int64?
    /// Only entries before this sequence number.
    public var before: Int64?
    public var limit = 50
    public var offset = 0

    public init() {}
}

/// Entries of the audit log, the latest first.
public struct AuditPage: Sendable {
    public var entries: [AuditEntry]
    /// How many entries fit the filter, whatever the page.
    public var total: Int

    public init(entries: [AuditEntry], total: Int) {
        self.entries = entries
        self.total = total
    }
}

/// What was found when the audit log was gone through from its beginning.
public struct AuditVerification: Sendable, Hashable {
    /// Entries that were looked at.
    public var entries: Int
    /// The first entry that is not what it was, or is missing; nil when all is well.
    public var brokenAt: Int64?
    /// In words.
    public var problem: String?

    public init(entries: Int, brokenAt: Int64? = nil, problem: String? = nil) {
        self.entries = entries
        self.brokenAt = brokenAt
        self.problem = problem
    }

    public var isSound: Bool { problem == nil }
}
