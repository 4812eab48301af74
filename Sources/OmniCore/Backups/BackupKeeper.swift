/// Makes, keeps and restores backups of the configuration.
///
/// All calls throw ``BackupFault``. A backup is durable when the call that made it returns; a restore is made whole or not at
/// all, whatever happens to the process meanwhile.
public protocol BackupKeeper: Sendable {
    /// Newest first.
    func backups() async throws -> [BackupEntry]
    func create(_ reason: BackupReason) async throws -> BackupEntry
    func remove(_ id: BackupID) async throws

    /// Puts a backup in the place of what is configured; makes a backup of that first.
    ///
    /// What is in force in memory is read again by the caller.
    /// - Parameter otherKey: the storage key of the machine the backup is of; nil for this one.
    func restore(_ id: BackupID, otherKey: String?) async throws -> RestoreReport
    /// The same with a file from elsewhere.
    func restore(_ upload: any BackupUpload, passphrase: String?, otherKey: String?) async throws -> RestoreReport

    func export(_ request: BackupExportRequest) async throws -> BackupExport
    /// A place for a file from elsewhere.
    func upload() async throws -> any BackupUpload

    func settings() async throws -> BackupSettings
    /// Older backups than are to be kept go at once.
    func update(_ settings: BackupSettings) async throws
    func storage(checksIntegrity: Bool) async throws -> StorageFigures
}

/// What an export shall hold.
public struct BackupExportRequest: Sendable {
    /// Which backup; nil for what is configured now.
    public var backup: BackupID?
    /// Whether it holds everything, also the history of requests, as an archive.
    public var isComplete = false
    /// Whether a complete one holds the history.
    public var includesHistory = true
    /// Seals the export, and makes it restorable on other machines.
    public var passphrase: String?

    public init() {}
}

/// A file on its way out.
public struct BackupExport: Sendable {
    public var fileName: String
    public var contentType: String
    /// In bytes, where it is known.
    public var length: Int?
    /// The next piece; nil at the end.
    ///
    /// What the export needs on disk is gone with this function.
    public var next: @Sendable () throws -> [UInt8]?

    public init(
        fileName: String, contentType: String, length: Int?, next: @escaping @Sendable () throws -> [UInt8]?
    ) {
        self.fileName = fileName
        self.contentType = contentType
        self.length = length
        self.next = next
    }
}

/// A file on its way in; what was received is gone with the last use of this value.
public protocol BackupUpload: Sendable {
    func append(_ bytes: [UInt8]) throws
}

/// What the data folder holds.
public struct StorageFigures: Sendable {
    /// One file or folder of it.
    public struct Part: Sendable {
        public var name: String
        public var size: Int

        public init(name: String, size: Int) {
            self.name = name
            self.size = size
        }
    }

    public var dataFolder: String
    public var databasePath: String
    public var parts: [Part]
    public var backupCount: Int
    public var backupSize: Int
    public var lastBackupAt: Int64?
    /// What is left on the disk, in bytes.
    public var freeBytes: Int?
    /// What SQLite finds wrong; nil when it was not asked.
    public var problems: [String]?
    public var settings: BackupSettings

    public init(
        dataFolder: String, databasePath: String, parts: [Part], backupCount: Int, backupSize: Int,
        lastBackupAt: Int64?,
        freeBytes: Int?, problems: [String]?, settings: BackupSettings
    ) {
        self.dataFolder = dataFolder
        self.databasePath = databasePath
        self.parts = parts
        self.backupCount = backupCount
        self.backupSize = backupSize
        self.lastBackupAt = lastBackupAt
        self.freeBytes = freeBytes
        self.problems = problems
        self.settings = settings
    }
}
