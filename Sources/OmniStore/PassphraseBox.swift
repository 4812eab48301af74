import Crypto
import CryptoExtras
import Foundation

/// Seals what leaves the machine so that whoever has no passphrase learns nothing of it but its length.
///
/// The key is made of the passphrase with scrypt, once for each box and some 0.2 s; each sealed thing has a key of its own made
/// of that one. What was sealed by another box opens too, if the passphrase is the same. The form is described in
/// `docs/backups.md`; ``Sealer`` and ``Opener`` do the same with what does not fit into memory.
public struct PassphraseBox: Sendable {
    /// The shortest passphrase taken, in characters; what is sealed may be guessed at for years.
    public static let minimumPassphrase = 10

    private let passphrase: [UInt8]
    private let salt: [UInt8]
    private let cost: Cost
    private let key: SymmetricKey

    /// - Throws: ``StoreError`` with code `passphrase` when it is too short.
    public init(passphrase: String) throws {
        guard passphrase.count >= Self.minimumPassphrase else {
            throw StoreError(.passphrase, "the passphrase must have at least \(Self.minimumPassphrase) characters")
        }
        try self.init(
            passphrase: Array(passphrase.utf8), salt: SymmetricKey(size: .bits128).withUnsafeBytes { [UInt8]($0) },
            cost: .standard)
    }

    private init(passphrase: [UInt8], salt: [UInt8], cost: Cost) throws {
        self.passphrase = passphrase
        self.salt = salt
        self.cost = cost
        key = try KDF.Scrypt.deriveKey(
            from: passphrase, salt: salt, outputByteCount: 32, rounds: 1 << Int(cost.logRounds),
            blockSize: Int(cost.blockSize), parallelism: Int(cost.parallelism))
    }

    /// Whether bytes are something that a box sealed; their first eight are enough to tell.
    public static func isSealed(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: Header.magic) }

    public func seal(_ bytes: [UInt8]) throws -> [UInt8] {
        var sealer = try Sealer(self)
        return try sealer.seal(bytes) + sealer.finish()
    }

    /// - Throws: ``StoreError``: `passphrase` when it is the wrong one, `damaged` when something was changed or is missing.
    public func open(_ bytes: [UInt8]) throws -> [UInt8] {
        var opener = Opener(self)
        return try opener.open(bytes) + opener.finish()
    }

    /// The key of one sealed thing, and proof that it was made of the right passphrase.
    private func keys(for header: Header) throws -> (contents: SymmetricKey, proof: [UInt8]) {
        var box = self
        if header.salt != salt || header.cost != cost {
            box = try PassphraseBox(passphrase: passphrase, salt: header.salt, cost: header.cost)
        }
        func derive(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: box.key, salt: header.nonce, info: Array("omniroute seal \(purpose)".utf8),
                outputByteCount: 32)
        }
        let proof = HMAC<SHA256>.authenticationCode(for: header.described, using: derive("proof"))
        return (derive("contents"), Array(proof.prefix(Header.proofLength)))
    }

    // MARK: Streams

    /// Seals piece by piece; memory used is one chunk.
    public struct Sealer {
        private var chunks: Chunks
        private var pending: [UInt8]
        private var waiting: [UInt8] = []

        /// - Throws: errors of the key derivation.
        public init(_ box: PassphraseBox) throws {
            let header = Header(
                cost: box.cost, salt: box.salt, nonce: SymmetricKey(size: .bits128).withUnsafeBytes { [UInt8]($0) })
            let keys = try box.keys(for: header)
            pending = header.described + keys.proof
            chunks = Chunks(key: keys.contents)
        }

        /// - Returns: what may be sent on; empty until a chunk is full.
        public mutating func seal(_ bytes: [UInt8]) throws -> [UInt8] {
            var sealed = pending
            pending = []
            waiting += bytes
            var position = 0
            // The last chunk is sealed as such, so one that may be the last has to wait.
            while waiting.count - position > Chunks.length {
                sealed += try chunks.seal(waiting[position..<position + Chunks.length], isLast: false)
                position += Chunks.length
            }
            waiting.removeFirst(position)
            return sealed
        }

        /// The end; without it nobody can open what was sealed.
        public mutating func finish() throws -> [UInt8] {
            let sealed = try pending + chunks.seal(waiting[...], isLast: true)
            pending = []
            waiting = []
            return sealed
        }
    }

    /// Opens piece by piece; what was given out is genuine, but only ``finish()`` says that nothing is missing.
    public struct Opener {
        private let box: PassphraseBox
        private var chunks: Chunks?
        private var waiting: [UInt8] = []

        public init(_ box: PassphraseBox) { self.box = box }

        /// - Throws: ``StoreError``, as ``PassphraseBox/open(_:)``.
        public mutating func open(_ bytes: [UInt8]) throws -> [UInt8] {
            waiting += bytes
            var position = 0
            if chunks == nil {
                guard waiting.count >= Header.length + Header.proofLength else { return [] }
                let header = try Header(waiting)
                let keys = try box.keys(for: header)
                position = Header.length + Header.proofLength
                guard Self.equal(Array(waiting[Header.length..<position]), keys.proof) else {
                    throw StoreError(.passphrase, "the passphrase is not the one this was sealed with")
                }
                chunks = Chunks(key: keys.contents)
            }
            var opened: [UInt8] = []
            let length = Chunks.length + Chunks.tagLength
            while waiting.count - position > length {
                opened += try chunks?.open(waiting[position..<position + length], isLast: false) ?? []
                position += length
            }
            waiting.removeFirst(position)
            return opened
        }

        /// The rest. - Throws: ``StoreError`` with code `damaged` when the end is missing.
        public mutating func finish() throws -> [UInt8] {
            guard let opened = try chunks?.open(waiting[...], isLast: true) else {
                throw StoreError(.damaged, "the sealed file is not complete")
            }
            waiting = []
            return opened
        }

        private static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
            zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0 && left.count == right.count
        }
    }

    // MARK: Form

    /// How much work it is to try one passphrase: 32 MiB of memory three times over.
    private struct Cost: Equatable {
        static let standard = Cost(logRounds: 15, blockSize: 8, parallelism: 3)

        let logRounds: UInt8
        let blockSize: UInt8
        let parallelism: UInt8

        /// A file from elsewhere cannot make this machine work for hours or take all its memory.
        var isBearable: Bool {
            (10...17).contains(logRounds) && (1...8).contains(blockSize) && (1...4).contains(parallelism)
        }
    }

    /// The first 44 bytes: mark, version, cost, the passphrase's salt, and what is particular to this one.
    private struct Header {
        static let magic = Array("OMNISEAL".utf8)
        static let length = 44
        static let proofLength = 16

        let cost: Cost
        let salt: [UInt8]
        let nonce: [UInt8]

        init(cost: Cost, salt: [UInt8], nonce: [UInt8]) {
            self.cost = cost
            self.salt = salt
            self.nonce = nonce
        }

        /// - Parameter bytes: at least ``length`` of them.
        init(_ bytes: [UInt8]) throws {
            guard bytes.starts(with: Self.magic) else {
                throw StoreError(.damaged, "this was not sealed with a passphrase")
            }
            cost = Cost(logRounds: bytes[9], blockSize: bytes[10], parallelism: bytes[11])
            guard bytes[8] == 1, cost.isBearable else {
                throw StoreError(.damaged, "this was sealed by a version that is not known here")
            }
            salt = Array(bytes[12..<28])
            nonce = Array(bytes[28..<44])
        }

        var described: [UInt8] {
            Self.magic + [1, cost.logRounds, cost.blockSize, cost.parallelism] + salt + nonce
        }
    }

    /// Chunks of 64 KiB, each sealed under its number and whether it is the last: none can be moved, left out or cut off.
    private struct Chunks {
        static let length = 65536
        static let tagLength = 16

        let key: SymmetricKey
        var number: UInt64 = 0

        init(key: SymmetricKey) { self.key = key }

        mutating func seal(_ bytes: ArraySlice<UInt8>, isLast: Bool) throws -> [UInt8] {
            let sealed = try AES.GCM.seal(bytes, using: key, nonce: nextNonce(isLast))
            return Array(sealed.ciphertext) + Array(sealed.tag)
        }

        mutating func open(_ bytes: ArraySlice<UInt8>, isLast: Bool) throws -> [UInt8] {
            do {
                let sealed = try AES.GCM.SealedBox(
                    nonce: nextNonce(isLast), ciphertext: bytes.dropLast(Self.tagLength),
                    tag: bytes.suffix(Self.tagLength))
                return Array(try AES.GCM.open(sealed, using: key))
            } catch {
                throw StoreError(.damaged, "the sealed file is damaged or not complete")
            }
        }

        private mutating func nextNonce(_ isLast: Bool) throws -> AES.GCM.Nonce {
            defer { number += 1 }
            let counter = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
            return try AES.GCM.Nonce(data: [0, 0, 0] + counter + [isLast ? 1 : 0])
        }
    }
}
