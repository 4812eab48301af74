import Foundation
import GRDB
import OmniCore
import Synchronization
import Testing

@testable import OmniStore

/// A clock that goes on by a second with each look.
final class SteppingClock: RouterClock {
    private let now: Mutex<Int64>

    init(_ now: Int64 = 1_772_013_600_000) { self.now = Mutex(now) }

    func wallMilliseconds() -> Int64 {
        now.withLock { now in
            now += 1000
            return now
        }
    }

    func monotonicNanoseconds() -> UInt64 { 0 }

    func advance(days: Int64) { now.withLock { $0 += days * 86_400_000 } }
}

extension TemporaryFolder {
    func backupStore(key: String? = nil, clock: SteppingClock = SteppingClock()) throws -> DataStore {
        try DataStore.open(path: path, encryptionKey: key, exclusive: true, clock: clock)
    }

    /// What stands in the folder of backups.
    func backupFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: file("db_backups")).sorted()
    }
}

/// Something of everything a configuration has.
enum BackupSample {
    static func connection(_ id: String, secret: String = "sk-of-a-connection") -> Connection {
        Connection(
            id: ConnectionID(id), provider: ProviderID("openai"), name: id, credential: Credential(apiKey: secret),
            createdAt: 1, updatedAt: 1)
    }

    static func key(_ id: String) -> ClientKey {
        ClientKey(id: ClientKeyID(id), name: id, digest: Array(id.utf8), mask: "sk-****", createdAt: 3)
    }

    static func fill(_ store: SQLiteConfigurationStore) async throws {
        try await store.insertConnection(connection("a"))
        try await store.insertClientKey(key("k"))
        try await store.setAlias(ModelAlias(alias: "fast", model: "openai/gpt-4o-mini"))
        var limits = UsageLimits()
        limits.requestsPerMinute = 60
        try await store.setLimits(limits, of: .clientKey(ClientKeyID("k")))
        var registration = OAuthRegistration()
        registration.clientID = "client"
        registration.clientSecret = "secret of a client"
        _ = try await store.setOAuth(registration, of: "example")
        let tokens = OAuthTokens(
            issuer: "example", accessToken: "an access token", refreshToken: "a refresh token", obtainedAt: 5)
        var account = connection("o")
        account.credential = .oauth(tokens)
        try await store.insertConnection(account)
    }
}

/// Receives an export as a file would.
func contents(of export: BackupExport) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let more = try export.next() { bytes += more }
    return bytes
}

/// Sends bytes in, as a client would.
func restore(
    _ bytes: [UInt8], into store: DataStore, passphrase: String? = nil, otherKey: String? = nil
) async throws -> RestoreReport {
    let upload = try await store.backups.upload()
    for start in stride(from: 0, to: bytes.count, by: 50_000) {
        try upload.append(Array(bytes[start..<min(start + 50_000, bytes.count)]))
    }
    return try await store.backups.restore(upload, passphrase: passphrase, otherKey: otherKey)
}

func code(_ body: () async throws -> Void) async -> BackupFault.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? BackupFault)?.code ?? .failed
    }
}
