import OmniCore
import Testing

@testable import OmniStore

@Suite struct ArchiveTests {
    private func drain(_ source: any ByteSource) throws -> [UInt8] {
        var source = source
        var all: [UInt8] = []
        while let bytes = try source.next() {
            #expect(!bytes.isEmpty)
            all += bytes
        }
        return all
    }

    /// Gives bytes in pieces of one length.
    private struct Pieces: ByteSource {
        var rest: ArraySlice<UInt8>
        let step: Int

        mutating func next() -> [UInt8]? {
            guard !rest.isEmpty else { return nil }
            let piece = rest.prefix(step)
            rest = rest.dropFirst(step)
            return Array(piece)
        }
    }

    private static let entries: [TarSource.Entry] = [
        .bytes("a/empty", []), .bytes("a/one", [1]), .bytes("a/block", [UInt8](repeating: 2, count: 512)),
        .bytes("a/more", (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }),
    ]

    @Test(arguments: [1, 7, 512, 4096])
    func archivesAreReadAsTheyWereWritten(step: Int) throws {
        let written = try drain(GzipSource(TarSource(Self.entries, modifiedAt: 1_700_000_000)))
        var reader = TarReader(try GunzipSource(Pieces(rest: written[...], step: step)), maximumBytes: 1 << 20)
        for entry in Self.entries {
            let member = try #require(try reader.next())
            #expect(member.name == entry.name)
            #expect(member.isFile)
            guard case .bytes(let bytes) = entry.contents else { continue }
            var read: [UInt8] = []
            while let more = try reader.contents() { read += more }
            #expect(read == bytes)
        }
        #expect(try reader.next() == nil)
    }

    @Test func membersMayBePassedOver() throws {
        var reader = TarReader(TarSource(Self.entries, modifiedAt: 0), maximumBytes: 1 << 20)
        var names: [String] = []
        while let member = try reader.next() { names.append(member.name) }
        #expect(names == Self.entries.map(\.name))
    }

    @Test func whatExpandsTooFarIsRefused() throws {
        let large = TarSource.Entry.bytes("zeros", [UInt8](repeating: 0, count: 1 << 20))
        let written = try drain(GzipSource(TarSource([large], modifiedAt: 0)))
        #expect(written.count < 10_000)
        var reader = TarReader(try GunzipSource(Pieces(rest: written[...], step: 999)), maximumBytes: 300_000)
        let fault = #expect(throws: BackupFault.self) {
            while try reader.next() != nil { while try reader.contents() != nil {} }
        }
        #expect(fault?.code == .tooLarge)
    }

    @Test func aChangedHeadIsFound() throws {
        var written = try drain(TarSource(Self.entries, modifiedAt: 0))
        written[3] ^= 1
        var reader = TarReader(Pieces(rest: written[...], step: 512), maximumBytes: 1 << 20)
        let fault = #expect(throws: BackupFault.self) { try reader.next() }
        #expect(fault?.code == .damaged)
    }

    @Test func linksAndFoldersAreNoFiles() throws {
        var written = try drain(TarSource([.bytes("x", [])], modifiedAt: 0))
        for kind in ["1", "2", "5", "x"] {
            let sum = written[..<512].enumerated().reduce(0) {
                $0 + Int((148..<156).contains($1.offset) ? 0x20 : $1.offset == 156 ? kind.utf8.first ?? 0 : $1.element)
            }
            written[156] = kind.utf8.first ?? 0
            let digits = Array(String(sum, radix: 8).utf8)
            written.replaceSubrange(148..<155, with: [UInt8](repeating: 0x30, count: 6 - digits.count) + digits + [0])
            var reader = TarReader(Pieces(rest: written[...], step: 512), maximumBytes: 1 << 20)
            #expect(try reader.next()?.isFile == false)
        }
    }
}
