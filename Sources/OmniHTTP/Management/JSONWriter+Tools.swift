import OmniCore
import OmniJSON
import OmniTools

extension JSONWriter {
    mutating func tool(_ standing: ToolStanding, bench: ToolBench) {
        let tool = standing.tool
        let home = bench.settings.home
        beginObject()
        key("toolId")
        string(tool.id)
        key("name")
        string(tool.name)
        runtime(standing.runtime)
        key("runtimeMode")
        string(bench.settings.mode.rawValue)
        key("requiresBinary")
        value(tool.requiresBinary)
        key("message")
        string(standing.message)
        key("hasOmniRoute")
        value(standing.isConnected)
        key("configStatus")
        string(standing.configStatus)
        let path = standing.files.first.map { "\(home)/\($0.path)" }
        // Two names of the contract for the same.
        nullable("configPath", path)
        nullable("settingsPath", path)
        key("files")
        beginArray()
        for file in standing.files {
            beginObject()
            key("path")
            string("\(home)/\(file.path)")
            key("format")
            string(file.format.rawValue)
            key("exists")
            value(file.exists)
            endObject()
        }
        endArray()
        for name in ["settings", "config"] as [StaticString] {
            key(name)
            if let settings = standing.settings { document(settings) } else { null() }
        }
        nullable("fault", standing.fault?.message)
        nullable("baseUrl", standing.address)
        nullable("model", standing.model)
        nullable("keyId", standing.isConnected ? standing.record?.keyID : nil)
        nullable("lastConfiguredAt", standing.record.map { ISOTime.string($0.time) })
        key("modelRequired")
        value(tool.model == .required)
        key("modelNames")
        beginArray()
        for name in tool.modelNames { string(name) }
        endArray()
        key("writable")
        value(bench.settings.allowsWrites && !tool.files.isEmpty)
        nullable("manual", tool.manual)
        key("manualFiles")
        beginArray()
        for file in bench.manual(tool) {
            beginObject()
            key("path")
            string("~/\(file.path)")
            key("text")
            string(file.text)
            endObject()
        }
        endArray()
        key("documentation")
        string(tool.source)
        endObject()
    }

    private mutating func runtime(_ runtime: ToolRuntime) {
        key("installed")
        value(runtime.installed)
        key("runnable")
        value(runtime.runnable)
        nullable("command", runtime.command)
        nullable("commandPath", runtime.commandPath)
        nullable("reason", runtime.reason?.rawValue)
        nullable("version", runtime.version)
    }

    mutating func toolOutcome(_ outcome: ToolOutcome, message: String) {
        beginObject()
        key("success")
        value(true)
        key("message")
        string(message)
        key("toolId")
        string(outcome.tool.id)
        key("dryRun")
        value(outcome.isDryRun)
        key("changed")
        value(!outcome.files.isEmpty)
        key("files")
        beginArray()
        for file in outcome.files {
            beginObject()
            key("path")
            string("~/\(file.path)")
            key("change")
            string(file.before == nil ? "created" : file.after == nil ? "deleted" : "changed")
            endObject()
        }
        endArray()
        key("diff")
        string(outcome.diff)
        key("warnings")
        beginArray()
        for warning in outcome.warnings { string(warning) }
        endArray()
        nullable("backupId", outcome.backupID)
        nullable("baseUrl", outcome.address)
        nullable("model", outcome.model)
        nullable("configPath", outcome.files.first.map { "~/\($0.path)" })
        if let use = outcome.key {
            nullable("keyId", use.isNew && outcome.isDryRun ? nil : use.id)
            key("keyName")
            string(use.name)
            key("keyCreated")
            value(use.isNew)
        }
        endObject()
    }

    mutating func toolBackup(_ backup: ToolBackups.Backup) {
        beginObject()
        // Two names of the contract for the same.
        key("id")
        string(backup.id)
        key("backupId")
        string(backup.id)
        key("tool")
        string(backup.toolID)
        key("reason")
        string(backup.reason)
        key("createdAt")
        string(ISOTime.string(backup.createdAt))
        key("files")
        beginArray()
        for file in backup.files {
            beginObject()
            key("path")
            string("~/\(file.path)")
            key("existed")
            value(file.existed)
            endObject()
        }
        endArray()
        endObject()
    }

    private mutating func document(_ value: DocumentValue) {
        switch value {
        case .text(let text), .other(let text): string(text)
        case .number(let number): self.value(number)
        case .flag(let flag): self.value(flag)
        case .list(let elements):
            beginArray()
            for element in elements { document(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                key(JSONText(member.name))
                document(member.value)
            }
            endObject()
        }
    }
}

extension ToolStanding {
    fileprivate var configStatus: String {
        if fault != nil { return "unknown" }
        if isConnected { return "configured" }
        return runtime.installed ? "not_configured" : "not_installed"
    }

    fileprivate var message: String {
        if let fault { return fault.message }
        switch runtime.reason {
        case .notFound: return "\(tool.name) was not found"
        case .missingCommand: return "the executable named for \(tool.name) does not exist"
        case .notExecutable: return "\(tool.name) may not be started by this user"
        case .unsafeLocation: return "other users could replace the executable of \(tool.name); it was not started"
        case .healthcheckFailed: return "\(tool.name) does not start, or takes too long"
        case .notRequired, nil: break
        }
        return isConnected ? "\(tool.name) calls this router" : "\(tool.name) does not call this router"
    }
}
