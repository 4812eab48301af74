import Foundation
import GRDB
import OmniCore
import TestSupport
import Testing

@testable import OmniStore

@Suite struct BackupExportTests {
    private static let passphrase = "a passphrase of the tests"
    private let folder: TemporaryFolder
    private let store: DataStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.backupStore()
    }

    private func export(complete: Bool = false, passphrase: String? = nil) async throws -> [UInt8] {
        var request = BackupExportRequest()
        request.isComplete = complete
        request.passphrase = passphrase
        return try contents(of: await store.backups.export(request))
    }

    @Test(arguments: [false, true])
    func whatIsSealedOpensElsewhereWithThePassphrase(complete: Bool) async throws {
        try await BackupSample.fill(store.configuration)
        let sealed = try await export(complete: complete, passphrase: Self.passphrase)
        let other = try TemporaryFolder()
        let there = try other.backupStore(key: "another key")
        _ = try await restore(sealed, into: there, passphrase: Self.passphrase)
        #expect(try await there.configuration.load() == store.configuration.load())
        #expect(await code { _ = try await restore(sealed, into: there) } == .passphraseNeeded)
        #expect(
            await code { _ = try await restore(sealed, into: there, passphrase: "another passphrase") }
                == .wrongPassphrase)
    }

    @Test func whatIsNotSealedNeedsTheKeyElsewhere() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.backupStore(key: "the first key")
        try await BackupSample.fill(store.configuration)
        let plain = try contents(of: await store.backups.export(BackupExportRequest()))
        let other = try TemporaryFolder()
        let there = try other.backupStore(key: "another key")
        #expect(await code { _ = try await restore(plain, into: there) } == .otherKey)
        #expect(await code { _ = try await restore(plain, into: there, otherKey: "a third key") } == .otherKey)
        _ = try await restore(plain, into: there, otherKey: "the first key")
        #expect(try await there.configuration.load() == store.configuration.load())
        // Sealed anew: the other key is not needed any more.
        let reopened = try SQLiteConfigurationStore(
            path: other.file("configuration.sqlite"), box: SecretBox(keyText: "another key"))
        #expect(try await reopened.load().connections.count == 2)
    }

    @Test func noExportHoldsAccess() async throws {
        try await store.configuration.setPasswordHash("scrypt$of$a$password")
        try await store.configuration.insertSession(digest: Array("session-digest".utf8), expiresAt: 9, createdAt: 1)
        try await store.configuration.removeAllSessions()
        try await store.configuration.insertSession(digest: Array("present-digest".utf8), expiresAt: 9, createdAt: 1)
        let plain = String(decoding: try await export(), as: Unicode.ASCII.self)
        for hidden in ["scrypt$of$a", "session-digest", "present-digest"] { #expect(!plain.contains(hidden)) }
        #expect(plain.hasPrefix("SQLite format 3"))
    }

    @Test func aSealedExportHoldsNoKeyOfThisMachine() async throws {
        try await BackupSample.fill(store.configuration)
        let sealed = try await export(passphrase: Self.passphrase)
        let opened = try PassphraseBox(passphrase: Self.passphrase).open(sealed)
        try folder.write(opened, to: "opened.tar.gz")
        var archive = TarReader(
            try GunzipSource(FileSource(path: folder.file("opened.tar.gz"))), maximumBytes: 1 << 30)
        var all: [UInt8] = []
        while try archive.next() != nil { while let bytes = try archive.contents() { all += bytes } }
        let key = try #require(FileManager.default.contents(atPath: folder.file("storage.key")))
        let text = String(decoding: all, as: Unicode.ASCII.self)
        #expect(!text.contains(Array(key).hexadecimal))
        #expect(!text.contains("sk-of-a-connection"))
        // Its secrets are sealed with a key of its own, also in what SQLite does not use any more.
        #expect(!text.contains("v1.\(store.configuration.box.keyID)."))
        #expect(text.contains("v1."))
    }

    @Test func aBackupIsExportedAsItWas() async throws {
        try await BackupSample.fill(store.configuration)
        let backup = try await store.backups.create(.manual)
        let before = try await store.configuration.load()
        _ = try await store.configuration.removeAlias("fast")
        var request = BackupExportRequest()
        request.backup = backup.id
        request.passphrase = Self.passphrase
        let sealed = try contents(of: await store.backups.export(request))
        _ = try await restore(sealed, into: store, passphrase: Self.passphrase)
        #expect(try await store.configuration.load() == before)
    }

    @Test func shortPassphrasesAreRefused() async throws {
        #expect(await code { _ = try await export(passphrase: "short") } == .wrongPassphrase)
    }

    @Test func nothingIsLeftOfAnExport() async throws {
        _ = try await export(complete: true, passphrase: Self.passphrase)
        #expect(try folder.backupFiles() == [])
    }

    @Test func everyCutOfAnArchiveIsFound() async throws {
        try await BackupSample.fill(store.configuration)
        let before = try await store.configuration.load()
        let whole = try await export(complete: true)
        for cut in stride(from: 20, to: whole.count, by: whole.count / 25) + [whole.count - 1] {
            let result = await code { _ = try await restore(Array(whole.prefix(cut)), into: store) }
            #expect(result == .damaged, "cut at \(cut)")
        }
        #expect(try await store.configuration.load() == before)
        #expect(try folder.backupFiles() == [])
    }

    @Test func everyDamageOfAFileIsFoundOrHarmless() async throws {
        try await BackupSample.fill(store.configuration)
        let whole = try await export()
        var numbers = SeededNumbers(seed: 7)
        for _ in 0..<12 {
            var bytes = whole
            for _ in 0..<8 {
                let state = numbers.next()
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 24)
            }
            // It may be a name that changed; what counts is that the store can still be read.
            _ = await code { _ = try await restore(bytes, into: store) }
            _ = try await store.configuration.load()
        }
    }
}
