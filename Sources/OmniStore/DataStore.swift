import GRDB
import OmniCore

/// The embedded store: configuration, history, cached answers and evals in SQLite files of one folder.
public struct DataStore: Sendable {
    public let directory: DataDirectory
    public let configuration: SQLiteConfigurationStore
    public let usage: UsageLedger
    public let idempotency: SQLiteIdempotencyStore
    /// Nothing that matters is lost with it.
    public let answers: AnswerFile
    public let bodies: BodyArchive
    /// Runs of evals.
    public let evals: EvalFile

    /// Opens or creates everything.
    /// - Parameters:
    ///   - path: the data folder. encryptionKey: `STORAGE_ENCRYPTION_KEY`; nil uses a key file in the folder.
    ///   - exclusive: true for the daemon; tools that only read pass false.
    ///   - historyBytes: how large the history may become on disk.
    /// - Throws: ``StoreError``.
    public static func open(
        path: String, encryptionKey: String?, exclusive: Bool, historyBytes: Int = 512 << 20
    ) throws -> DataStore {
        let directory = try DataDirectory(path: path, exclusive: exclusive)
        let box = try SecretBox(passphrase: encryptionKey, directory: directory)
        let configuration = try SQLiteConfigurationStore(path: directory.file("configuration.sqlite"), box: box)
        // The journal belongs to whoever records: the daemon.
        let usage = try UsageLedger(
            path: directory.file("history.sqlite"), journal: exclusive ? directory.file("usage") : nil,
            diskBudget: historyBytes)
        let idempotency = try SQLiteIdempotencyStore(pool: usage.pool, box: box)
        let answers = try AnswerFile.open(directory.file("cache.sqlite"), box: box, mayReplace: exclusive)
        return DataStore(
            directory: directory, configuration: configuration, usage: usage, idempotency: idempotency,
            answers: answers, bodies: BodyArchive(folder: directory.file("bodies")),
            evals: try EvalFile.open(directory.file("evals.sqlite"), box: box, mayReplace: exclusive))
    }

    /// What SQLite finds wrong with the files, in its own words; empty when they are sound.
    public func integrityProblems() -> [String] {
        [configuration.pool, usage.pool, answers.pool, evals.pool].flatMap { pool in
            do {
                let lines = try pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check(5)") }
                return lines == ["ok"] ? [] : lines
            } catch {
                return ["\(error)"]
            }
        }
    }
}
