import OmniJSON

/// Copies of tools' files from before each change.
///
/// A set is a folder of its own with a list of the files and their copies, readable by its owner only. What is restored
/// goes to the places the table of tools knows, never to a path that stands in a set.
public struct ToolBackups: Sendable {
    /// What was about to happen when the copies were made.
    public enum Reason: String, Sendable {
        case connect
        case disconnect
        case restore
    }

    /// One set of copies.
    public struct Backup: Sendable, Hashable {
        public var id: String
        public var toolID: String
        public var reason: String
        /// Milliseconds since 1970.
        public var createdAt: Int64
        public var files: [File]
    }

    /// A file of a set.
    public struct File: Sendable, Hashable {
        /// Below the home folder.
        public var path: String
        /// Whether there was one.
        public var existed: Bool
    }

    /// So many sets are kept for each tool.
    static let kept = 10

    let folder: String

    /// Newest first.
    public func list(toolID: String? = nil) -> [Backup] {
        FileSystem.names(folder).compactMap { read($0) }
            .filter { toolID == nil || $0.toolID == toolID }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    /// - Throws: ``ToolFault`` with `notFound` for anything that is no id of a set.
    public func backup(_ id: String) throws(ToolFault) -> Backup {
        guard let backup = read(id) else { throw ToolFault(.notFound, "no such backup") }
        return backup
    }

    public func delete(_ id: String) throws(ToolFault) {
        FileSystem.removeFolder("\(folder)/\(try backup(id).id)")
    }

    func save(
        _ changes: [ToolPlan.Change], of tool: CodingTool, because reason: Reason, now: Int64
    ) throws(ToolFault) -> String {
        let id = "\(tool.id)-\(now)-\(FileSystem.randomName().prefix(8))"
        let temporary = "\(folder)/.new-\(FileSystem.randomName())"
        try FileSystem.makeFolder(temporary)
        do throws(ToolFault) {
            for (index, change) in changes.enumerated() {
                if let before = change.before { try FileSystem.replace("\(temporary)/\(index)", with: before) }
            }
            try FileSystem.replace("\(temporary)/\(Self.listName)", with: Self.list(changes, of: tool, reason, now))
            try FileSystem.move(temporary, to: "\(folder)/\(id)")
        } catch {
            FileSystem.removeFolder(temporary)
            throw error
        }
        for old in list(toolID: tool.id).dropFirst(Self.kept) { FileSystem.removeFolder("\(folder)/\(old.id)") }
        return id
    }

    /// What the files of a set were, as changes from what they are now.
    func changes(restoring backup: Backup, in files: ToolFiles) throws(ToolFault) -> [ToolPlan.Change] {
        var changes: [ToolPlan.Change] = []
        for (index, file) in backup.files.enumerated() {
            var after: [UInt8]?
            if file.existed {
                after = try FileSystem.read("\(folder)/\(backup.id)/\(index)", maximum: ToolFiles.maximumBytes)
                guard after != nil else { throw ToolFault(.notFound, "a copy of this backup is gone") }
            }
            let before = try files.read(file.path)
            if before != after { changes.append(ToolPlan.Change(path: file.path, before: before, after: after)) }
        }
        return changes
    }

    private static let listName = "backup.json"

    private static func list(
        _ changes: [ToolPlan.Change], of tool: CodingTool, _ reason: Reason, _ now: Int64
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("tool")
        writer.string(tool.id)
        writer.key("reason")
        writer.string(reason.rawValue)
        writer.key("createdAt")
        writer.value(Int(now))
        writer.key("files")
        writer.beginArray()
        for change in changes {
            writer.beginObject()
            writer.key("path")
            writer.string(change.path)
            writer.key("existed")
            writer.value(change.before != nil)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func read(_ id: String) -> Backup? {
        guard let tool = Self.tool(of: id),
            // What cannot be read is no set.
            let bytes = try? FileSystem.read("\(folder)/\(id)/\(Self.listName)", maximum: 1 << 20),
            let list = try? JSONValue(parsing: bytes), list["tool"]?.string == tool.id,
            let createdAt = list["createdAt"]?.int
        else { return nil }
        let known = Set(tool.files.flatMap(\.choices).map(\.path))
        let files = list["files"]?.elements.compactMap { file -> File? in
            guard let path = file["path"]?.string, known.contains(path) else { return nil }
            return File(path: path, existed: file["existed"]?.bool ?? false)
        }
        guard let files, !files.isEmpty, files.count == list["files"]?.elements.count(where: { _ in true }) else {
            return nil
        }
        return Backup(
            id: id, toolID: tool.id, reason: list["reason"]?.string ?? "", createdAt: Int64(createdAt), files: files)
    }

    /// The tool whose set an id names; nil for whatever is no id: it is part of a path.
    static func tool(of id: String) -> CodingTool? {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, id.utf8.count <= 80, let random = parts.last, random.utf8.count == 8,
            random.utf8.allSatisfy({ $0.isDigit || (0x61...0x66).contains($0) })
        else { return nil }
        let time = parts[parts.count - 2]
        guard (1...16).contains(time.utf8.count), time.utf8.allSatisfy(\.isDigit) else { return nil }
        let name = parts.dropLast(2).joined(separator: "-")
        return CodingTool.all.first { $0.id == name }
    }
}
