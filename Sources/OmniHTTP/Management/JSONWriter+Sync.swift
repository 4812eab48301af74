import OmniCore
import OmniJSON

extension JSONWriter {
    /// How synchronising stands, in an object that was begun; no secret is shown.
    mutating func members(_ status: CloudSync.Status) {
        let record = status.record
        let isConnected = status.isEnabled && record.lastSyncAt != nil && record.lastFailure == nil
        for (name, flag) in [
            ("enabled", status.isEnabled), ("configured", status.settings != nil), ("connected", isConnected),
            ("running", status.isRunning),
        ] {
            key(JSONText(name))
            value(flag)
        }
        time("lastSync", record.lastSyncAt)
        time("lastSyncAt", record.lastSyncAt)
        time("lastAttemptAt", record.lastAttemptAt)
        time("nextSyncAt", status.nextSyncAt)
        key("lastError")
        if let failure = record.lastFailure { string(failure.message) } else { null() }
        optional("lastErrorCode", record.lastFailure?.code)
        optional("lastErrorAt", record.lastFailure.map { ISOTime.string($0.at) })
        key("failures")
        value(record.failures)
        key("machineName")
        string(status.settings?.machine ?? status.machine)
        optional("remoteMachine", record.remoteMachine)
        optional("remoteWrittenAt", record.remoteWrittenAt.map(ISOTime.string))
        settings(status.settings)
        key("conflicts")
        beginArray()
        for conflict in record.conflicts { self.conflict(conflict) }
        endArray()
        key("unreadable")
        unreadable(record.unreadable)
    }

    private mutating func settings(_ settings: SyncSettings?) {
        key("endpoint")
        if let settings {
            beginObject()
            settings.endpoint.writeMembers(into: &self, showsSecrets: false)
            endObject()
        } else {
            null()
        }
        key("hasPassphrase")
        value(settings != nil)
        names("include", settings?.choices ?? SyncChoice.usual)
        names("includable", Set(SyncChoice.allCases))
        key("interval")
        value(settings?.intervalSeconds ?? 900)
    }

    private mutating func names(_ name: StaticString, _ choices: Set<SyncChoice>) {
        key(name)
        beginArray()
        for choice in SyncChoice.allCases where choices.contains(choice) { string(choice.rawValue) }
        endArray()
    }

    private mutating func time(_ name: StaticString, _ milliseconds: Int64?) {
        key(name)
        if let milliseconds { string(ISOTime.string(milliseconds)) } else { null() }
    }

    private mutating func conflict(_ conflict: SyncConflict) {
        beginObject()
        key("id")
        string(conflict.id)
        key("reason")
        string(conflict.reason.rawValue)
        key("kind")
        string(conflict.keys.first?.kind.rawValue ?? "")
        key("name")
        string(Self.name(of: conflict))
        key("fields")
        beginArray()
        for field in conflict.fields { string(field) }
        endArray()
        key("choices")
        beginArray()
        for choice in conflict.choices { string(choice.rawValue) }
        endArray()
        side("mine", conflict.mine)
        side("theirs", conflict.theirs)
        endObject()
    }

    private mutating func side(_ name: StaticString, _ items: SyncConflict.Side) {
        key(name)
        beginArray()
        for (key, item) in items.sorted(by: { $0.key < $1.key }) {
            beginObject()
            self.key("kind")
            string(key.kind.rawValue)
            self.key("id")
            string(key.id)
            self.key("value")
            Self.shown(item, key).write(into: &self)
            endObject()
        }
        endArray()
    }

    /// What people know a thing by.
    private static func name(of conflict: SyncConflict) -> String {
        guard let key = conflict.keys.first else { return "" }
        let item = conflict.mine[key] ?? conflict.theirs[key]
        for field in ["name", "model"] {
            // Names are texts; whatever else stands there is no name.
            if let bytes = item?.fields[field], let text = (try? JSONValue(parsing: bytes))?.string { return text }
        }
        return key.id
    }

    /// An item without what would let somebody in.
    private static func shown(_ item: SyncItem, _ key: SyncKey) -> SyncItem {
        var shown = item
        if key.kind == .secret {
            var writer = JSONWriter()
            // Two that differ are told apart, and no more.
            writer.string("••••\(item.digest.prefix(6))")
            for name in item.fields.keys { shown.fields[name] = writer.bytes }
        }
        if key.kind == .key { shown.fields["digest"] = nil }
        return shown
    }
}
