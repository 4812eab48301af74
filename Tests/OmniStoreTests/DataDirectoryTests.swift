import Foundation
import Testing

@testable import OmniStore

@Suite struct DataDirectoryTests {
    @Test func aMissingFolderIsMadeForItsOwnerOnly() throws {
        let folder = try TemporaryFolder()
        let directory = try DataDirectory(path: folder.file("a/b"), exclusive: false)
        #expect(try folder.mode("a/b") == 0o700)
        #expect(directory.file("x") == folder.file("a/b/x"))
    }

    @Test func anOpenFolderIsClosed() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        _ = try DataDirectory(path: folder.path, exclusive: false)
        #expect(try folder.mode() == 0o700)
    }

    @Test func aFileInItsPlaceIsReported() throws {
        let folder = try TemporaryFolder()
        try folder.write([1], to: "file")
        let error = try #require(throws: StoreError.self) {
            try DataDirectory(path: folder.file("file"), exclusive: true)
        }
        #expect(error.code == .directory)
        #expect(error.message.contains(folder.file("file")))
    }

    @Test func oneDaemonAtATime() throws {
        let folder = try TemporaryFolder()
        var first: DataDirectory? = try DataDirectory(path: folder.path, exclusive: true)
        let error = try #require(throws: StoreError.self) { try DataDirectory(path: folder.path, exclusive: true) }
        #expect(error.code == .alreadyRunning)
        #expect(error.message.contains("DATA_DIR"))
        // Tools that only read may look on.
        _ = try DataDirectory(path: folder.path, exclusive: false)
        #expect(DataDirectory.runningDaemon(path: first?.path ?? "") == getpid())
        first = nil
        _ = try DataDirectory(path: folder.path, exclusive: true)
    }

    @Test func noDaemonRunsOnAFolderThatIsFreeOrMissing() throws {
        let folder = try TemporaryFolder()
        #expect(DataDirectory.runningDaemon(path: folder.path) == nil)
        #expect(DataDirectory.runningDaemon(path: folder.file("missing")) == nil)
        var directory: DataDirectory? = try DataDirectory(path: folder.path, exclusive: true)
        #expect(directory != nil)
        directory = nil
        // The file stays behind; its lock, not its presence, tells.
        #expect(FileManager.default.fileExists(atPath: folder.file("omniroute.lock")))
        #expect(DataDirectory.runningDaemon(path: folder.path) == nil)
    }

    @Test func theLockNamesTheNewProcessOnly() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("99999999999\n".utf8), to: "omniroute.lock")
        let directory = try DataDirectory(path: folder.path, exclusive: true)
        #expect(DataDirectory.runningDaemon(path: directory.path) == getpid())
        let content = try String(contentsOfFile: folder.file("omniroute.lock"), encoding: .utf8)
        #expect(content == "\(getpid())\n")
    }

    @Test func everyFileIsForItsOwnerOnly() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        try await store.configuration.setPasswordHash("hash")
        store.usage.record(Records.record(1))
        try store.usage.flush()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.contains("configuration.sqlite") && names.contains("history.sqlite"))
        for name in names {
            #expect(try folder.mode(name) == (folder.isFolder(name) ? 0o700 : 0o600), "\(name)")
        }
        #expect(store.integrityProblems().isEmpty)
    }

    @Test func aFileThatIsNoDatabaseIsReported() throws {
        let folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 0x41, count: 8192), to: "configuration.sqlite")
        let error = try #require(throws: StoreError.self) { try folder.store() }
        #expect(error.code == .database)
        #expect(error.message.contains("configuration.sqlite"))
    }
}
