/// Names one backup: `db_2026-02-25T10-00-00-000Z_manual.sqlite`.
///
/// It holds a moment and a reason and nothing else. Whatever text a client sends is read into these two, and names of files
/// are made of them again, so that no text of a client ever is part of a path.
public struct BackupID: Sendable, Hashable {
    /// Milliseconds since 1970; no two backups share one.
    public let createdAt: Int64
    public let reason: BackupReason

    public init(createdAt: Int64, reason: BackupReason) {
        self.createdAt = createdAt
        self.reason = reason
    }

    /// - Parameter text: in exactly the form of ``text``; nil otherwise.
    public init?(_ text: String) {
        guard text.utf8.count <= 60, text.hasPrefix(Self.prefix), text.hasSuffix(Self.suffix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count).dropLast(Self.suffix.count)
            .split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 24, let reason = BackupReason(rawValue: String(parts[1])) else {
            return nil
        }
        var time = Array(parts[0].utf8)
        for (index, mark) in Self.marks {
            guard time[index] == UInt8(ascii: "-") else { return nil }
            time[index] = mark
        }
        guard let createdAt = ISOTime.milliseconds(from: String(decoding: time, as: UTF8.self)) else { return nil }
        self.init(createdAt: createdAt, reason: reason)
        // One backup has one name: anything that is read the same but written otherwise is none.
        guard self.text == text else { return nil }
    }

    public var text: String {
        var time = Array(ISOTime.string(createdAt).utf8)
        for (index, _) in Self.marks { time[index] = UInt8(ascii: "-") }
        return Self.prefix + String(decoding: time, as: UTF8.self) + "_\(reason.rawValue)" + Self.suffix
    }

    private static let prefix = "db_"
    private static let suffix = ".sqlite"
    /// Characters of a time that not every file system takes, and their places.
    private static let marks = [
        (13, UInt8(ascii: ":")), (16, UInt8(ascii: ":")), (19, UInt8(ascii: ".")),
    ]
}
