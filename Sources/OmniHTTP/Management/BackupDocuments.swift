import HTTPTypes
import OmniCore

extension RouteDocument {
    static let listBackups = RouteDocument(
        "backups.list", "Lists backups, the newest first",
        answers: [.ok(.record(["backups": .array(of: .backup), "settings": .backupSettings]))])

    static let createBackup = RouteDocument(
        "backups.create", "Makes a backup", body: .optional(.object([:])),
        answers: [.ok(JSONSchema.record(["created": .yes]).with(.backup), "Made and on the disk.")],
        refusals: [insufficientStorage])

    static let restoreBackup = RouteDocument(
        "backups.restore", "Puts a backup in the place of the configuration",
        details: """
            The present state is backed up first. The result is in force when the call returns; requests under way end as they began.
            The password, sessions and tokens stay as they are.
            """,
        body: .json(
            .object([
                "backupId": .string(maximum: 1000), "id": .string(maximum: 1000).meaning("The same as backupId."),
                "storageKey": storageKey,
            ])),
        answers: [.ok(JSONSchema.record(["restored": .yes, "backupId": .text]).with(.restored))],
        refusals: restoreRefusals)

    static let deleteBackup = RouteDocument(
        "backups.delete", "Deletes a backup", query: [Parameter("id", "Which one.", .string(maximum: 1000))],
        body: .optional(.object(["id": .string(maximum: 1000), "backupId": .string(maximum: 1000)])),
        answers: [.ok(.record(["success": .yes, "deleted": .text.meaning("Its id.")]))], refusals: [.notFound])

    static let exportBackup = RouteDocument(
        "backups.export", "Sends the configuration, or a backup, as a SQLite file",
        details: exportDetails, query: [backupParameter],
        answers: [.media("application/octet-stream", "The file.")], refusals: exportRefusals)

    static let exportSealedBackup = RouteDocument(
        "backups.export", "Sends the configuration, or a backup, sealed with a passphrase where one is sent",
        details: exportDetails, query: [backupParameter],
        body: .optional(.object(["id": .string(maximum: 1000), "passphrase": passphrase])),
        answers: [.media("application/octet-stream", "The file.")], refusals: exportRefusals)

    static let exportEverything = RouteDocument(
        "backups.export", "Sends everything as an archive",
        details: exportDetails, query: [backupParameter, historyParameter],
        answers: [.media("application/gzip", "A tar archive, compressed.")], refusals: exportRefusals)

    static let exportSealedEverything = RouteDocument(
        "backups.export", "Sends everything as an archive, sealed with a passphrase where one is sent",
        details: exportDetails, query: [backupParameter, historyParameter],
        body: .optional(
            .object(["id": .string(maximum: 1000), "history": .flag.orNull, "passphrase": passphrase])),
        answers: [
            Answer(
                status: .ok, meaning: "A tar archive, compressed, or the sealed form of one.",
                content: [("application/gzip", .any), ("application/octet-stream", .any)])
        ], refusals: exportRefusals)

    static let importBackup = RouteDocument(
        "backups.import", "Puts a file in the place of the configuration",
        details: """
            An export of this or another machine, as the field `file` of a form or as the body. It is examined, and its rows are copied
            into a new file of this program's own form; then it is restored like a backup.
            """,
        query: [Parameter("filename", "What the file is called, where it is the body.")],
        body: .form(
            .object(
                [
                    "file": .string(format: "binary"),
                    "passphrase": .text.meaning("Of a file that was sealed with one."),
                    "storageKey": storageKey,
                ], required: ["file"])),
        answers: [.ok(JSONSchema.record(["imported": .yes, "filename": .text]).with(.restored))],
        refusals: restoreRefusals)

    static let showBackupSettings = RouteDocument(
        "backup-settings.show", "Shows when backups are made and how long they are kept",
        answers: [.ok(.backupSettings)])

    static let changeBackupSettings = RouteDocument(
        "backup-settings.change", "Changes when backups are made and how long they are kept",
        body: .json(
            .object([
                "automatic": .flag.orNull, "intervalHours": .integer(1...720).orNull,
                "keepCount": .integer(2...1000).orNull, "keepDays": .integer(1...3650).orNull,
            ])),
        answers: [.ok(JSONSchema.backupSettings.with(["ignored": .texts.optional]))])

    static let showStorage = RouteDocument(
        "storage.show", "Tells sizes, room on the disk and the last backup",
        query: [Parameter("check", "Whether SQLite examines all files, which takes a while.", .flag)],
        answers: [
            .ok(
                .record([
                    "status": .choice("healthy", "damaged"), "driver": .choice("sqlite"), "dbPath": .text,
                    "dataDir": .text, "sizeBytes": .count,
                    "parts": .array(of: .record(["name": .text, "sizeBytes": .count])), "freeBytes": .count.orNull,
                    "lastBackupAt": .moment.orNull, "backupCount": .count, "backupSizeBytes": .count,
                    "retentionDays": .count, "retentionCount": .count,
                    "problems": .texts.optional.meaning("What SQLite finds wrong, where it was asked."),
                ]))
        ])

    private static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
    private static let restoreRefusals: [HTTPResponse.Status] = [
        .notFound, .conflict, .contentTooLarge, .unprocessableContent, insufficientStorage,
    ]
    private static let exportRefusals: [HTTPResponse.Status] = [
        .notFound, .unprocessableContent, insufficientStorage,
    ]
    private static let exportDetails = """
        Without a passphrase names and settings can be read by whoever has the file; secrets in it are encrypted with this machine's
        storage key. With one it discloses nothing, and can be restored on any machine.
        """
    private static let passphrase = JSONSchema.string(maximum: 1000).orNull.meaning("At least ten characters.")
    private static let storageKey = JSONSchema.string(maximum: 1000).orNull.meaning(
        "Of the machine the secrets were encrypted on, where that is another one.")
    private static let backupParameter = Parameter(
        "id", "Which backup; without it the present state.", .string(maximum: 1000))
    private static let historyParameter = Parameter("history", "Whether the history of requests is in it.", .flag)
}

extension JSONSchema {
    fileprivate static let counts = JSONSchema.record([
        "connectionCount": .count, "nodeCount": .count, "comboCount": .count, "apiKeyCount": .count,
    ])

    fileprivate static let backup = JSONSchema.component(
        "Backup",
        JSONSchema.record([
            "id": .text, "filename": .text, "createdAt": .moment, "size": .count.meaning("In bytes."),
            "reason": .cases(of: BackupReason.self),
            "sha256": .text.orNull.meaning("Null for files that a person put there."),
        ]).with(counts))

    fileprivate static let restored = counts.with([
        "safetyBackupId": .text.meaning("The state before, with which the restore can be undone.")
    ])

    fileprivate static let backupSettings = JSONSchema.component(
        "BackupSettings",
        .record([
            "automatic": .flag, "intervalHours": .integer(1...720), "keepCount": .integer(2...1000),
            "keepDays": .integer(1...3650),
        ]))
}
