/// Why a backup was made.
public enum BackupReason: String, Sendable, Hashable, CaseIterable {
    /// A person wanted it.
    case manual
    /// It was time for one.
    case automatic
    /// The state before a restore, so that it can be undone.
    case beforeRestore = "pre-restore"
    /// The state before a file from elsewhere took its place.
    case beforeImport = "pre-import"
}
