import Foundation
import Testing

@testable import OmniStore

@Suite struct SecretBoxTests {
    private let box = SecretBox(material: [UInt8](repeating: 7, count: 32))

    @Test(arguments: ["", "sk-abc", "ключ 🔑 \u{0}\n", String(repeating: "x", count: 100_000)])
    func whatIsSealedOpensAgain(secret: String) throws {
        let sealed = try box.seal(secret)
        #expect(try box.open(sealed) == secret)
        #expect(sealed.hasPrefix("v1.\(box.keyID)."))
        #expect(secret.isEmpty || !sealed.contains(secret))
    }

    @Test func equalSecretsAreSealedDifferently() throws {
        #expect(try Set((0..<100).map { _ in try box.seal("same") }).count == 100)
    }

    @Test func anotherKeyIsNamedAsTheReason() throws {
        let other = SecretBox(material: [UInt8](repeating: 8, count: 32))
        let sealed = try other.seal("secret")
        let error = try #require(throws: StoreError.self) { try box.open(sealed) }
        #expect(error.code == .decryption)
        #expect(error.message.contains("STORAGE_ENCRYPTION_KEY"))
        #expect(box.keyID != other.keyID)
    }

    @Test func everyChangedByteIsNoticed() throws {
        let sealed = try box.seal("secret")
        let parts = sealed.split(separator: ".").map(String.init)
        let data = try #require(Data(base64Encoded: parts[2]))
        for index in data.indices {
            var changed = data
            changed[index] ^= 1
            let value = "v1.\(parts[1]).\(changed.base64EncodedString())"
            let error = try #require(throws: StoreError.self) { try box.open(value) }
            #expect(error.code == .decryption)
        }
    }

    @Test(arguments: [
        "", "v1", "v1.", "v1..", "plain text", "v2.KEY.AAAA", "v1.KEY.", "v1.KEY.AAAA", "v1.KEY.not base64!",
    ])
    func whatIsNoSealedValueIsRefused(_ template: String) throws {
        let value = template.replacingOccurrences(of: "KEY", with: box.keyID)
        let error = try #require(throws: StoreError.self) { try box.open(value) }
        #expect(error.code == .decryption)
    }

    // MARK: Keys

    private func boxes(_ passphrases: [String?], in folder: TemporaryFolder) throws -> [SecretBox] {
        let directory = try DataDirectory(path: folder.path, exclusive: false)
        return try passphrases.map { try SecretBox(passphrase: $0, directory: directory) }
    }

    @Test func theKeyFileIsMadeOnceForItsOwnerOnly() throws {
        let folder = try TemporaryFolder()
        let made = try boxes([nil, "", nil], in: folder)
        #expect(Set(made.map(\.keyID)).count == 1)
        #expect(try folder.mode("storage.key") == 0o600)
        #expect(try made[2].open(made[0].seal("secret")) == "secret")
        let other = try boxes([nil], in: TemporaryFolder())
        #expect(other[0].keyID != made[0].keyID)
    }

    @Test(arguments: [0, 1, 31, 33, 64])
    func aDamagedKeyFileIsReportedAndKept(size: Int) throws {
        let folder = try TemporaryFolder()
        let bytes = [UInt8](repeating: 1, count: size)
        try folder.write(bytes, to: "storage.key")
        let error = try #require(throws: StoreError.self) { try boxes([nil], in: folder) }
        #expect(error.code == .key)
        #expect(FileManager.default.contents(atPath: folder.file("storage.key")) == Data(bytes))
    }

    /// Something that cannot be read may still be the only key there is.
    @Test func aKeyFileThatCannotBeReadIsNotReplaced() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("storage.key"), withDestinationPath: folder.file("unmounted/storage.key"))
        let error = try #require(throws: StoreError.self) { try boxes([nil], in: folder) }
        #expect(error.code == .key)
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("storage.key"))
        #expect(link == folder.file("unmounted/storage.key"))
    }

    @Test func theEnvironmentsKeyIsUsedAsItIsOrDerived() throws {
        let folder = try TemporaryFolder()
        let hex = String(repeating: "0aF9", count: 16)
        let made = try boxes(
            [hex, hex.lowercased(), "any words", "any words", "other words", String(hex.dropLast()) + "g"], in: folder)
        let direct = SecretBox(material: [UInt8]((0..<16).flatMap { _ in [0x0A, 0xF9] as [UInt8] }))
        #expect(made[0].keyID == direct.keyID)
        #expect(made[1].keyID == direct.keyID)
        #expect(made[2].keyID == made[3].keyID)
        #expect(Set([made[0], made[2], made[4], made[5]].map(\.keyID)).count == 4)
        #expect(!FileManager.default.fileExists(atPath: folder.file("storage.key")))
    }
}
