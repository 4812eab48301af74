import Crypto
import Foundation
import OmniCore

/// Encrypts secrets at rest: AES-256-GCM, `v1.<key id>.<base64 of nonce, text, tag>`.
public struct SecretBox: Sendable {
    private let key: SymmetricKey
    /// Tells values of another key from damaged ones.
    public let keyID: String

    /// - Parameter material: 32 bytes.
    init(material: [UInt8]) {
        key = SymmetricKey(data: material)
        keyID = Array(SHA256.hash(data: [UInt8]("omniroute key id".utf8) + material).prefix(4)).hexadecimal
    }

    /// The key from the environment, or else from the key file, which is created (mode 0600) when it is missing.
    /// - Parameter passphrase: `STORAGE_ENCRYPTION_KEY`: any text; 64 hexadecimal digits are taken as the key itself.
    public init(passphrase: String?, directory: DataDirectory) throws {
        if let passphrase, !passphrase.isEmpty {
            self.init(material: Self.material(passphrase))
            return
        }
        self.init(material: try Self.keyFile(directory.file("storage.key")))
    }

    /// The key of another machine.
    /// - Parameter text: its `STORAGE_ENCRYPTION_KEY`, or its `storage.key` as 64 hexadecimal digits.
    init(keyText text: String) { self.init(material: Self.material(text)) }

    /// The contents of the key file, made here when there is none.
    ///
    /// A file that is there but cannot be read is never replaced: everything encrypted with it would be lost. A new one
    /// appears whole, so that two programs that start together agree on one key.
    private static func keyFile(_ path: String) throws -> [UInt8] {
        let fresh = SymmetricKey(size: .bits256).withUnsafeBytes { [UInt8]($0) }
        let draft = "\(path).\(getpid())"
        defer { unlink(draft) }
        guard
            FileManager.default.createFile(
                atPath: draft, contents: Data(fresh), attributes: [.posixPermissions: 0o600])
        else { throw StoreError(.key, "no key file can be written beside \(path)") }
        if link(draft, path) == 0 { return fresh }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StoreError(.key, "the key file \(path) cannot be read; who owns it?")
        }
        guard data.count == 32 else {
            throw StoreError(.key, "the key file \(path) is damaged: it must hold 32 bytes; restore it from a backup")
        }
        return [UInt8](data)
    }

    private static func material(_ passphrase: String) -> [UInt8] {
        if passphrase.utf8.count == 64 {
            let bytes = stride(from: 0, to: 64, by: 2).compactMap { offset in
                UInt8(passphrase.dropFirst(offset).prefix(2), radix: 16)
            }
            if bytes.count == 32 { return bytes }
        }
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(passphrase.utf8)), salt: Array("omniroute".utf8),
            info: Array("storage".utf8), outputByteCount: 32)
        return derived.withUnsafeBytes { [UInt8]($0) }
    }

    /// A code of 32 bytes that only whoever has the key can compute (HMAC-SHA256 with a key of its own).
    func chainCode(_ bytes: [UInt8]) -> [UInt8] {
        let own = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Array("omniroute audit log".utf8), outputByteCount: 32)
        return Array(HMAC<SHA256>.authenticationCode(for: bytes, using: own))
    }

    /// Encrypts bytes that are stored as such: nonce, text, tag.
    func seal(_ bytes: Data) throws -> Data {
        guard let combined = try AES.GCM.seal(bytes, using: key).combined else {
            throw StoreError(.key, "the data cannot be encrypted")
        }
        return combined
    }

    /// - Throws: an error when the bytes were encrypted with another key or changed.
    func open(_ bytes: Data) throws -> [UInt8] {
        [UInt8](try AES.GCM.open(try AES.GCM.SealedBox(combined: bytes), using: key))
    }

    public func seal(_ secret: String) throws -> String {
        let sealed = try AES.GCM.seal(Array(secret.utf8), using: key)
        guard let combined = sealed.combined else { throw StoreError(.key, "the secret cannot be encrypted") }
        return "v1.\(keyID).\(combined.base64EncodedString())"
    }

    /// Encrypts bytes that are many and live briefly: nonce, contents, tag, without a key id.
    func seal(bytes: [UInt8]) throws -> [UInt8] {
        guard let combined = try AES.GCM.seal(bytes, using: key).combined else {
            throw StoreError(.key, "the contents cannot be encrypted")
        }
        return [UInt8](combined)
    }

    /// - Throws: ``StoreError`` when they were made with another key or were changed.
    func open(bytes: [UInt8]) throws -> [UInt8] {
        do {
            return [UInt8](try AES.GCM.open(try AES.GCM.SealedBox(combined: bytes), using: key))
        } catch {
            throw StoreError(.decryption, "stored contents are damaged or were encrypted with another key")
        }
    }

    /// - Throws: ``StoreError`` when the value was made with another key or was changed; never returns what it cannot read.
    public func open(_ value: String) throws -> String {
        let parts = value.split(separator: ".", maxSplits: 2).map(String.init)
        guard parts.count == 3, parts[0] == "v1", let data = Data(base64Encoded: parts[2]) else {
            throw StoreError(.decryption, "a stored secret is damaged")
        }
        guard parts[1] == keyID else {
            throw StoreError(
                .decryption,
                "stored secrets were encrypted with another key; set STORAGE_ENCRYPTION_KEY or restore storage.key")
        }
        do {
            let bytes = try AES.GCM.open(try AES.GCM.SealedBox(combined: data), using: key)
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw StoreError(.decryption, "a stored secret is damaged")
        }
    }
}
