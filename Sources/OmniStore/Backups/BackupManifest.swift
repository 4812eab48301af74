import OmniCore
import OmniJSON

/// What is known of a backup without opening it; stands beside it as a file.
struct BackupManifest: Equatable {
    static let format = "omniroute-backup-v1"

    /// Of the file, SHA-256 in hexadecimal.
    var digest: String
    var size: Int
    var contents: BackupContents
    /// Of what a restore would bring back; the same for backups between which nothing changed.
    var rowDigest: String

    init(digest: String, size: Int, contents: BackupContents, rowDigest: String) {
        self.digest = digest
        self.size = size
        self.contents = contents
        self.rowDigest = rowDigest
    }

    /// - Returns: nil for anything that is no manifest.
    init?(_ bytes: [UInt8]) {
        // Whatever cannot be read is none.
        guard let value = try? JSONValue(parsing: bytes), let fields = try? JSONFields(value),
            fields.value("format")?.string == Self.format, let digest = fields.value("sha256")?.string,
            let size = fields.value("size")?.int, let rowDigest = fields.value("rowDigest")?.string
        else { return nil }
        func count(_ name: StaticString) -> Int { fields.value(name)?.int ?? 0 }
        self.init(
            digest: digest, size: size,
            contents: BackupContents(
                connections: count("connections"), nodes: count("nodes"), combos: count("combos"),
                clientKeys: count("clientKeys")), rowDigest: rowDigest)
    }

    var text: String {
        StoredObject.text { writer in
            writer.key("format")
            writer.string(Self.format)
            writer.key("sha256")
            writer.string(digest)
            writer.key("size")
            writer.value(size)
            writer.key("rowDigest")
            writer.string(rowDigest)
            writer.key("connections")
            writer.value(contents.connections)
            writer.key("nodes")
            writer.value(contents.nodes)
            writer.key("combos")
            writer.value(contents.combos)
            writer.key("clientKeys")
            writer.value(contents.clientKeys)
        }
    }
}
