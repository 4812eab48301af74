public import OmniJSON

/// What this machine knows of synchronising: what was agreed on, what is open, and how the last run ended.
public struct SyncRecord: Sendable, Hashable {
    /// What this machine and the endpoint agreed on.
    public var base = SyncState()
    /// The bundle it was; nil before the first run.
    public var baseID: String?
    /// A bundle that was being sent; whether it arrived is known from the next one.
    public var pendingID: String?
    /// What is agreed on if it arrived.
    public var pendingBase = SyncState()
    public var resolutions: [SyncResolution] = []

    /// Milliseconds since 1970, like every time here.
    public var lastSyncAt: Int64?
    public var lastAttemptAt: Int64?
    public var lastFailure: Failure?
    /// Runs in a row that failed.
    public var failures = 0
    /// Who wrote last, and when.
    public var remoteMachine: String?
    public var remoteWrittenAt: Int64?
    public var conflicts: [SyncConflict] = []
    /// Things of other machines that this version cannot read; they are left as they are.
    public var unreadable: [Unreadable] = []

    public struct Failure: Sendable, Hashable {
        public var code: String
        public var message: String
        public var at: Int64
    }

    public struct Unreadable: Sendable, Hashable {
        public var key: SyncKey
        public var reason: String
    }

    public init() {}

    public init(stored text: String) throws {
        let fields = try JSONFields(JSONValue(parsing: Array(text.utf8), limits: JSONLimits(maximumDepth: 64)))
        if let nested = try fields.nested("base") { base = try SyncState(nested) }
        baseID = fields.value("baseId")?.string
        pendingID = fields.value("pendingId")?.string
        if let nested = try fields.nested("pendingBase") { pendingBase = try SyncState(nested) }
        for value in fields.value("resolutions").map({ Array($0.elements) }) ?? [] {
            guard let conflict = value.present("conflict")?.string, let print = value.present("fingerprint")?.string,
                let choice = value.present("choice")?.string.flatMap(SyncResolution.Choice.init(rawValue:))
            else { continue }
            resolutions.append(SyncResolution(conflict: conflict, fingerprint: print, choice: choice))
        }
        lastSyncAt = fields.milliseconds("lastSyncAt")
        lastAttemptAt = fields.milliseconds("lastAttemptAt")
        failures = fields.value("failures")?.int ?? 0
        if let failure = fields.value("lastFailure") {
            lastFailure = Failure(
                code: failure.present("code")?.string ?? "", message: failure.present("message")?.string ?? "",
                at: failure.present("at")?.int.map(Int64.init) ?? 0)
        }
        remoteMachine = fields.value("remoteMachine")?.string
        remoteWrittenAt = fields.milliseconds("remoteWrittenAt")
        for value in fields.value("conflicts").map({ Array($0.elements) }) ?? [] {
            conflicts.append(try SyncConflict(JSONFields(value, path: "conflicts")))
        }
        for value in fields.value("unreadable").map({ Array($0.elements) }) ?? [] {
            guard let key = try SyncKey(JSONFields(value)) else { continue }
            unreadable.append(Unreadable(key: key, reason: value.present("reason")?.string ?? ""))
        }
    }

    public var stored: String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, state) in [("base", base), ("pendingBase", pendingBase)] {
            writer.key(JSONText(name))
            writer.beginObject()
            state.writeMembers(into: &writer)
            writer.endObject()
        }
        writer.optional("baseId", baseID)
        writer.optional("pendingId", pendingID)
        writer.key("resolutions")
        writer.beginArray()
        for resolution in resolutions {
            writer.beginObject()
            writer.optional("conflict", resolution.conflict)
            writer.optional("fingerprint", resolution.fingerprint)
            writer.optional("choice", resolution.choice.rawValue)
            writer.endObject()
        }
        writer.endArray()
        writer.optional("lastSyncAt", lastSyncAt.map { Int($0) })
        writer.optional("lastAttemptAt", lastAttemptAt.map { Int($0) })
        writer.optional("failures", failures)
        if let lastFailure {
            writer.key("lastFailure")
            writer.beginObject()
            writer.optional("code", lastFailure.code)
            writer.optional("message", lastFailure.message)
            writer.optional("at", Int(lastFailure.at))
            writer.endObject()
        }
        writer.optional("remoteMachine", remoteMachine)
        writer.optional("remoteWrittenAt", remoteWrittenAt.map { Int($0) })
        writer.key("conflicts")
        writer.beginArray()
        for conflict in conflicts { conflict.write(into: &writer) }
        writer.endArray()
        writer.key("unreadable")
        writer.unreadable(unreadable)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension SyncConflict {
    init(_ fields: JSONFields) throws(FieldFault) {
        var keys: [SyncKey] = []
        for value in fields.value("keys").map({ Array($0.elements) }) ?? [] {
            if let key = try SyncKey(JSONFields(value)) { keys.append(key) }
        }
        guard let reason = fields.value("reason")?.string.flatMap(Reason.init(rawValue:)) else {
            throw FieldFault("reason", "missing")
        }
        self.init(
            id: fields.value("id")?.string ?? "", reason: reason, keys: keys,
            mine: try SyncItem.items(fields.value("mine")), theirs: try SyncItem.items(fields.value("theirs")),
            fields: try fields.strings("fields", maximum: 200) ?? [])
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.optional("id", id)
        writer.optional("reason", reason.rawValue)
        writer.key("keys")
        writer.beginArray()
        for key in keys {
            writer.beginObject()
            writer.optional("kind", key.kind.rawValue)
            writer.optional("id", key.id)
            writer.endObject()
        }
        writer.endArray()
        writer.key("mine")
        writer.items(mine)
        writer.key("theirs")
        writer.items(theirs)
        writer.strings("fields", fields)
        writer.endObject()
    }
}

extension JSONWriter {
    public mutating func unreadable(_ list: [SyncRecord.Unreadable]) {
        beginArray()
        for one in list {
            beginObject()
            optional("kind", one.key.kind.rawValue)
            optional("id", one.key.id)
            optional("reason", one.reason)
            endObject()
        }
        endArray()
    }
}
