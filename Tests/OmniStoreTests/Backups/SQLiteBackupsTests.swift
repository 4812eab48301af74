import Foundation
import GRDB
import OmniCore
import Testing

@testable import OmniStore

@Suite struct SQLiteBackupsTests {
    private let folder: TemporaryFolder
    private let clock = SteppingClock()
    private let store: DataStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.backupStore(clock: clock)
    }

    private var configuration: SQLiteConfigurationStore { store.configuration }

    @Test func aRestoreBringsEverythingBack() async throws {
        try await BackupSample.fill(configuration)
        let before = try await configuration.load()
        let backup = try await store.backups.create(.manual)
        #expect(backup.contents == BackupContents(connections: 2, nodes: 0, combos: 0, clientKeys: 1))
        _ = try await configuration.deleteConnection(ConnectionID("a"))
        try await configuration.insertClientKey(BackupSample.key("other"))
        _ = try await configuration.removeAlias("fast")
        let after = try await configuration.load()
        let report = try await store.backups.restore(backup.id, otherKey: nil)
        #expect(report.contents == backup.contents)
        #expect(try await configuration.load() == before)
        _ = try await store.backups.restore(report.safetyCopy, otherKey: nil)
        #expect(try await configuration.load() == after)
    }

    @Test func filesAreTheirOwnersOnly() async throws {
        _ = try await store.backups.create(.manual)
        #expect(try folder.mode("db_backups") == 0o700)
        let files = try folder.backupFiles()
        #expect(files.count == 2)
        for file in files { #expect(try folder.mode("db_backups/\(file)") == 0o600) }
    }

    @Test func whatAKilledProcessLeftIsRemovedByTheNextDaemonOnly() async throws {
        let staging = folder.file("db_backups/staging-of-another")
        try FileManager.default.createDirectory(atPath: staging, withIntermediateDirectories: true)
        _ = try DataStore.open(path: folder.path, encryptionKey: nil, exclusive: false)
        #expect(FileManager.default.fileExists(atPath: staging))
        StagingFolder.removeLeftOvers(in: folder.file("db_backups"))
        #expect(!FileManager.default.fileExists(atPath: staging))
    }

    @Test func accessAndWhatWasLearnedStay() async throws {
        try await configuration.setPasswordHash("old")
        try await configuration.setRoutingHealth("{\"old\":1}")
        try await configuration.insertSession(digest: [1], expiresAt: 9, createdAt: 1)
        let backup = try await store.backups.create(.manual)
        try await configuration.setPasswordHash("new")
        try await configuration.setRoutingHealth("{\"new\":1}")
        try await configuration.removeAllSessions()
        try await configuration.insertSession(digest: [2], expiresAt: 9, createdAt: 1)
        _ = try await store.backups.restore(backup.id, otherKey: nil)
        #expect(try await configuration.passwordHash() == "new")
        #expect(try await configuration.routingHealth() == "{\"new\":1}")
        #expect(try await configuration.sessionExpiry(digest: [1]) == nil)
        #expect(try await configuration.sessionExpiry(digest: [2]) == 9)
    }

    @Test func renewedTokensAndRevocationsStay() async throws {
        try await BackupSample.fill(configuration)
        let backup = try await store.backups.create(.manual)
        let renewed = OAuthTokens(
            issuer: "example", accessToken: "the next access token", refreshToken: "the next one", obtainedAt: 6)
        #expect(try await configuration.replaceTokens(of: ConnectionID("o"), from: nil, to: renewed))
        var key = BackupSample.key("k")
        key.isActive = false
        key.revokedAt = 77
        _ = try await configuration.updateClientKey(key)
        _ = try await store.backups.restore(backup.id, otherKey: nil)
        let restored = try await configuration.load()
        #expect(restored.connections.first { $0.id.rawValue == "o" }?.credential == .oauth(renewed))
        #expect(restored.clientKeys.first?.revokedAt == 77)
        #expect(restored.clientKeys.first?.isActive == false)
    }

    @Test func aBackupOfAnEarlierVersionIsMigrated() async throws {
        let path = folder.file("earlier.sqlite")
        let queue = try DatabaseQueue(path: path)
        try SQLiteConfigurationStore.migrator.migrate(queue, upTo: "1 foundation")
        try await queue.write { database in
            try database.execute(sql: "INSERT INTO alias VALUES ('early', 'openai/x')")
            try database.execute(
                sql: """
                    INSERT INTO clientKey (id, name, digest, mask, isActive, createdAt)
                    VALUES ('k', 'early', x'01', 'sk-', 1, 1)
                    """)
        }
        try queue.close()
        let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        let report = try await restore(bytes, into: store)
        #expect(report.contents.clientKeys == 1)
        let loaded = try await configuration.load()
        #expect(loaded.aliases == [ModelAlias(alias: "early", model: "openai/x")])
        #expect(loaded.clientKeys.first?.limits == ClientKeyLimits())
    }

    @Test func automaticBackupsAreMadeWhenSomethingChanged() async throws {
        try await BackupSample.fill(configuration)
        #expect(try await store.backups.createWhenDue()?.id.reason == .automatic)
        clock.advance(days: 2)
        #expect(try await store.backups.createWhenDue() == nil)
        // What changes by itself is no change.
        try await configuration.setRoutingHealth("{}")
        try await configuration.insertSession(digest: [1], expiresAt: 9, createdAt: 1)
        #expect(try await store.backups.createWhenDue() == nil)
        try await configuration.setAlias(ModelAlias(alias: "other", model: "openai/y"))
        #expect(try await store.backups.createWhenDue() != nil)
        try await configuration.setAlias(ModelAlias(alias: "third", model: "openai/z"))
        // Too early.
        #expect(try await store.backups.createWhenDue() == nil)
    }

    @Test func oldBackupsGoWithTheNextOne() async throws {
        var settings = BackupSettings()
        settings.keepCount = 2
        try await store.backups.update(settings)
        var made: [BackupID] = []
        for _ in 0..<4 { made.append(try await store.backups.create(.manual).id) }
        #expect(try await store.backups.backups().map(\.id) == [made[3], made[2]])
        // The one that is restored may be the one that goes: it is read before.
        _ = try await store.backups.restore(made[2], otherKey: nil)
        #expect(try await store.backups.backups().count == 2)
        #expect(try folder.backupFiles().count == 4)
    }

    @Test func settingsOfBackupsAreRestoredLikeOthers() async throws {
        var settings = BackupSettings()
        settings.keepCount = 5
        try await store.backups.update(settings)
        let backup = try await store.backups.create(.manual)
        settings.keepCount = 6
        try await store.backups.update(settings)
        _ = try await store.backups.restore(backup.id, otherKey: nil)
        #expect(try await store.backups.settings().keepCount == 5)
    }

    @Test func aFileThatAPersonPutThereIsListedAndRestored() async throws {
        try await BackupSample.fill(configuration)
        let backup = try await store.backups.create(.manual)
        let copied = BackupID(createdAt: 1_600_000_000_000, reason: .manual)
        try FileManager.default.copyItem(
            atPath: folder.file("db_backups/\(backup.id.text)"), toPath: folder.file("db_backups/\(copied.text)"))
        _ = try await configuration.removeAlias("fast")
        #expect(try await store.backups.backups().map(\.id) == [backup.id, copied])
        _ = try await store.backups.restore(copied, otherKey: nil)
        #expect(try await configuration.load().aliases.count == 1)
    }

    @Test func whatIsNotThereIsToldSo() async throws {
        let absent = BackupID(createdAt: 1, reason: .manual)
        #expect(await code { _ = try await store.backups.restore(absent, otherKey: nil) } == .notFound)
        #expect(await code { try await store.backups.remove(absent) } == .notFound)
    }

    @Test func writesBetweenCopyAndRestoreAreNotLost() async throws {
        try await BackupSample.fill(configuration)
        let backup = try await store.backups.create(.manual)
        // Whoever writes meanwhile comes before, and is in the safety copy, or after.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    try await configuration.setAlias(ModelAlias(alias: "a\(number)", model: "openai/x"))
                }
            }
            group.addTask { _ = try await store.backups.restore(backup.id, otherKey: nil) }
            try await group.waitForAll()
        }
        let safety = try #require(try await store.backups.backups().first { $0.id.reason == .beforeRestore })
        var names = Set(try await configuration.load().aliases.map(\.alias))
        let copy = try DatabaseQueue(path: folder.file("db_backups/\(safety.id.text)"))
        names.formUnion(try await copy.read { try String.fetchAll($0, sql: "SELECT alias FROM alias") })
        #expect(names.isSuperset(of: (0..<40).map { "a\($0)" }))
    }
}
