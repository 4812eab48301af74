import OmniCore
import OmniJSON

extension JSONWriter {
    mutating func members(of backup: BackupEntry) {
        key("id")
        string(backup.id.text)
        key("filename")
        string(backup.id.text)
        key("createdAt")
        string(ISOTime.string(backup.id.createdAt))
        key("size")
        value(backup.size)
        key("reason")
        string(backup.id.reason.rawValue)
        counts(of: backup.contents)
        key("sha256")
        if let digest = backup.digest { string(digest) } else { null() }
    }

    mutating func members(of report: RestoreReport) {
        counts(of: report.contents)
        key("safetyBackupId")
        string(report.safetyCopy.text)
    }

    mutating func members(of figures: StorageFigures) {
        key("status")
        value(figures.problems?.isEmpty == false ? "damaged" : "healthy")
        key("driver")
        value("sqlite")
        key("dbPath")
        string(figures.databasePath)
        key("dataDir")
        string(figures.dataFolder)
        key("sizeBytes")
        value(figures.parts.reduce(0) { $0 + $1.size })
        key("parts")
        beginArray()
        for part in figures.parts {
            beginObject()
            key("name")
            string(part.name)
            key("sizeBytes")
            value(part.size)
            endObject()
        }
        endArray()
        key("freeBytes")
        if let free = figures.freeBytes { value(free) } else { null() }
        key("lastBackupAt")
        if let time = figures.lastBackupAt { string(ISOTime.string(time)) } else { null() }
        key("backupCount")
        value(figures.backupCount)
        key("backupSizeBytes")
        value(figures.backupSize)
        key("retentionDays")
        value(figures.settings.keepDays)
        key("retentionCount")
        value(figures.settings.keepCount)
        guard let problems = figures.problems else { return }
        key("problems")
        beginArray()
        for problem in problems { string(problem) }
        endArray()
    }

    private mutating func counts(of contents: BackupContents) {
        key("connectionCount")
        value(contents.connections)
        key("nodeCount")
        value(contents.nodes)
        key("comboCount")
        value(contents.combos)
        key("apiKeyCount")
        value(contents.clientKeys)
    }
}
