import Testing

@testable import OmniStore

@Suite struct PassphraseBoxTests {
    private static let passphrase = "a passphrase of the tests"

    /// As every box, but with less work for each passphrase.
    private static func box(_ passphrase: String = Self.passphrase) throws -> PassphraseBox {
        try PassphraseBox(passphrase: passphrase, cost: .init(logRounds: 10, blockSize: 1, parallelism: 1))
    }

    @Test(arguments: [0, 1, 65535, 65536, 65537, 200_000])
    func opensWhatItSealed(length: Int) throws {
        let box = try Self.box()
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let sealed = try box.seal(bytes)
        #expect(PassphraseBox.isSealed(sealed))
        #expect(try box.open(sealed) == bytes)
    }

    @Test func anotherBoxWithTheSamePassphraseOpensIt() throws {
        let sealed = try Self.box().seal([1, 2, 3])
        #expect(try Self.box().open(sealed) == [1, 2, 3])
    }

    @Test func theUsualBoxIsOpenedByPassphraseAlone() throws {
        let sealed = try PassphraseBox(passphrase: Self.passphrase).seal([1, 2, 3])
        var opener = PassphraseBox.Opener(passphrase: Self.passphrase)
        let opened = try opener.open(sealed) + opener.finish()
        #expect(opened == [1, 2, 3])
    }

    @Test func anotherPassphraseOpensNothing() throws {
        let sealed = try Self.box().seal([1, 2, 3])
        let error = #expect(throws: StoreError.self) {
            try Self.box("another passphrase").open(sealed)
        }
        #expect(error?.code == .passphrase)
    }

    @Test func shortPassphrasesAreRefused() {
        let error = #expect(throws: StoreError.self) { try PassphraseBox(passphrase: "123456789") }
        #expect(error?.code == .passphrase)
    }

    @Test func nothingIsSealedTwiceAlikeAndNothingShows() throws {
        let box = try Self.box()
        let text = Array("SQLite format 3 sk-secret".utf8)
        let first = try box.seal(text)
        let second = try box.seal(text)
        #expect(first.suffix(text.count + 16) != second.suffix(text.count + 16))
        #expect(!String(decoding: first, as: Unicode.ASCII.self).contains("SQLite"))
    }

    @Test func everyChangedByteIsFound() throws {
        let box = try Self.box()
        let sealed = try box.seal([1, 2, 3])
        // The salt and the cost are left out: with another of them a new key is derived, which takes long.
        for position in sealed.indices where !(9..<28).contains(position) {
            var changed = sealed
            changed[position] ^= 1
            #expect(throws: StoreError.self, "byte \(position)") { try box.open(changed) }
        }
        var costly = sealed
        costly[9] = 63
        #expect(throws: StoreError.self) { try box.open(costly) }
    }

    @Test(arguments: [0, 7, 30, 59, 60, 75, 65_612, 65_620, 131_148])
    func everyCutIsFound(kept: Int) throws {
        let box = try Self.box()
        let sealed = try box.seal([UInt8](repeating: 5, count: 131_072))
        try #require(kept < sealed.count)
        #expect(throws: StoreError.self) { try box.open(Array(sealed.prefix(kept))) }
    }

    @Test func chunksCannotChangePlaces() throws {
        let box = try Self.box()
        let sealed = try box.seal([UInt8](repeating: 5, count: 200_000))
        let first = sealed[60..<60 + 65_552]
        let second = sealed[60 + 65_552..<60 + 131_104]
        #expect(throws: StoreError.self) {
            try box.open(Array(sealed[..<60]) + second + first + sealed[(60 + 131_104)...])
        }
    }

    @Test(arguments: [1, 17, 59, 60, 61, 65_552, 100_000])
    func streamsMayBeCutAnywhere(step: Int) throws {
        let box = try Self.box()
        let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        var sealer = try PassphraseBox.Sealer(box)
        var sealed: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 30_000) {
            sealed += try sealer.seal(Array(bytes[start..<min(start + 30_000, bytes.count)]))
        }
        sealed += try sealer.finish()
        var opener = PassphraseBox.Opener(box)
        var opened: [UInt8] = []
        // Byte by byte only where the boundaries are.
        let fine = step < 1000 ? 2000 : sealed.count
        for start in stride(from: 0, to: fine, by: step) {
            opened += try opener.open(Array(sealed[start..<min(start + step, fine)]))
        }
        opened += try opener.open(Array(sealed[min(fine, sealed.count)...]))
        opened += try opener.finish()
        #expect(opened == bytes)
    }
}
