import Foundation
import OmniCore
import OmniJSON

/// A file from elsewhere with its wrappings taken off: seal, compression, archive.
///
/// What it is follows from its bytes, not from its name. Of an archive two members are taken, under names of our own; no other
/// is written anywhere.
struct UnpackedUpload {
    /// Where the database is.
    let database: String
    /// The key that the secrets in it are sealed with, where the file brought it.
    let key: String?

    /// How much an archive may expand to.
    private static let maximumExpandedBytes = 8 << 30

    init(_ path: String, passphrase: String?, staging: StagingFolder) throws {
        var source: any ByteSource = try FileSource(path: path)
        let head = try Self.head(of: path)
        let isSealed = PassphraseBox.isSealed(head)
        if isSealed {
            guard let passphrase, !passphrase.isEmpty else {
                throw BackupFault(.passphraseNeeded, "the file was sealed with a passphrase; send it as 'passphrase'")
            }
            source = OpeningSource(source, passphrase: passphrase)
        }
        guard isSealed || head.starts(with: [0x1F, 0x8B]) else {
            database = path
            key = nil
            return
        }
        var archive = TarReader(try GunzipSource(source), maximumBytes: Self.maximumExpandedBytes)
        var found: (database: String, digest: String)?
        var manifest: [UInt8]?
        var key: String?
        while let member = try archive.next() {
            guard member.isFile, let name = member.name.split(separator: "/").last else { continue }
            switch name {
            case "configuration.sqlite" where found == nil:
                guard member.length <= BackupCandidate.maximumBytes else {
                    throw BackupFault(.tooLarge, "the configuration is larger than 256 MiB")
                }
                let copy = try staging.make("unpacked.sqlite")
                guard let handle = FileHandle(forWritingAtPath: copy) else {
                    throw BackupFault(.failed, "a file in the data folder cannot be written")
                }
                while let bytes = try archive.contents() { try handle.write(contentsOf: bytes) }
                try handle.close()
                found = (copy, try BackupFolder.digest(of: copy))
            case "metadata.json" where manifest == nil: manifest = try Self.small(member, &archive)
            case "secrets.key" where key == nil:
                key = String(decoding: try Self.small(member, &archive), as: UTF8.self)
            default: break
            }
        }
        guard let found else {
            throw BackupFault(.foreign, "the archive is no backup of this program: it has no configuration.sqlite")
        }
        if let manifest, let expected = Self.digest(in: manifest), expected != found.digest {
            throw BackupFault(.damaged, "the archive is damaged: its configuration is not the one it was made with")
        }
        database = found.database
        // In an archive that anybody can open a key is worth nothing, and whoever wrote it would choose it.
        self.key = isSealed ? key : nil
    }

    private static func head(of path: String) throws -> [UInt8] {
        var source = try FileSource(path: path, length: min(16, BackupFolder.size(of: path)))
        return try source.next() ?? []
    }

    private static func small(_ member: TarReader.Member, _ archive: inout TarReader) throws -> [UInt8] {
        guard member.length <= 64 << 10 else { throw BackupFault(.damaged, "the archive is damaged") }
        var bytes: [UInt8] = []
        while let more = try archive.contents() { bytes += more }
        return bytes
    }

    /// What the archive says about its configuration; nil when it says nothing.
    private static func digest(in manifest: [UInt8]) -> String? {
        // Whatever cannot be read says nothing.
        (try? JSONValue(parsing: manifest))?["sha256"]?["configuration.sqlite"]?.string
    }
}
