/// Why a backup could not be made, read or restored; whatever it is, nothing was changed.
public struct BackupFault: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        case notFound = "backup_not_found"
        /// The file was changed or is not complete.
        case damaged = "backup_damaged"
        /// The file is something else than a backup of this program.
        case foreign = "not_a_backup"
        /// The file is of a version that came after this one.
        case newer = "backup_too_new"
        /// The secrets in the file were encrypted on another machine.
        case otherKey = "backup_of_another_machine"
        case passphraseNeeded = "passphrase_required"
        case wrongPassphrase = "wrong_passphrase"
        case tooLarge = "too_large"
        case noSpace = "disk_full"
        /// Something else is being done at this moment.
        case busy
        case failed = "backup_failed"
    }

    public let code: Code
    /// For people; says what to do; no secret.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
