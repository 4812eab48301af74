/// The files of tools below one person's home folder.
///
/// Nothing outside of it is read or written: symbolic links are followed as long as they stay inside and belong to the same
/// person.
struct ToolFiles: Sendable {
    /// The longest file that is read.
    static let maximumBytes = 4 << 20

    let home: String
    let backups: ToolBackups

    /// The files of a tool as they are now.
    func states(of tool: CodingTool) throws(ToolFault) -> [ToolPlan.FileState] {
        var states: [ToolPlan.FileState] = []
        for file in tool.files {
            var found: ToolPlan.FileState?
            for choice in file.choices where found == nil {
                if let bytes = try read(choice.path) { found = ToolPlan.FileState(choice: choice, bytes: bytes) }
            }
            if let state = found ?? file.choices.first.map({ ToolPlan.FileState(choice: $0, bytes: nil) }) {
                states.append(state)
            }
        }
        return states
    }

    /// - Parameter path: below the home folder.
    func read(_ path: String) throws(ToolFault) -> [UInt8]? {
        guard let place = try place(path) else { return nil }
        return try FileSystem.read(place, maximum: Self.maximumBytes)
    }

    /// Carries a plan out: copies first, then all files or none.
    /// - Returns: the id of the copies.
    func apply(
        _ changes: [ToolPlan.Change], of tool: CodingTool, because reason: ToolBackups.Reason, now: Int64
    ) throws(ToolFault) -> String {
        try checkUnchanged(changes)
        let id = try backups.save(changes, of: tool, because: reason, now: now)
        var done: [ToolPlan.Change] = []
        do throws(ToolFault) {
            for change in changes {
                try put(change.after, at: change.path)
                done.append(change)
            }
        } catch {
            for change in done.reversed() {
                // The first error is the one to tell; the copies are there in any case.
                try? put(change.before, at: change.path)
            }
            throw error
        }
        return id
    }

    private func checkUnchanged(_ changes: [ToolPlan.Change]) throws(ToolFault) {
        for change in changes where try read(change.path) != change.before {
            throw ToolFault(.changed, "~/\(change.path) was written by another program meanwhile; try again")
        }
    }

    private func put(_ bytes: [UInt8]?, at path: String) throws(ToolFault) {
        guard let bytes else {
            if let place = try place(path) { FileSystem.removeFile(place) }
            return
        }
        if try place(path) == nil {
            try FileSystem.makeFolder(FileSystem.parent("\(home)/\(path)"))
        }
        guard let folder = FileSystem.resolved(FileSystem.parent("\(home)/\(path)")) else {
            throw ToolFault(.failed, "the folder of ~/\(path) cannot be found")
        }
        try checkInside(folder, path: path)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        try FileSystem.replace(try place(path) ?? "\(folder)/\(name)", with: bytes)
    }

    /// Where a file really is; nil when there is none yet.
    private func place(_ path: String) throws(ToolFault) -> String? {
        let whole = "\(home)/\(path)"
        guard FileSystem.facts(whole, follows: false).kind != .missing else {
            // A new one must not end up elsewhere by way of its folder.
            var folder = FileSystem.parent(whole)
            while folder.utf8.count > home.utf8.count, FileSystem.facts(folder, follows: false).kind == .missing {
                folder = FileSystem.parent(folder)
            }
            guard folder.utf8.count > home.utf8.count else { return nil }
            guard let resolved = FileSystem.resolved(folder) else {
                throw ToolFault(.unsafePath, "the folder of ~/\(path) is a symbolic link that leads nowhere")
            }
            try checkInside(resolved, path: path)
            return nil
        }
        guard let resolved = FileSystem.resolved(whole) else {
            throw ToolFault(.unsafePath, "~/\(path) is a symbolic link that leads nowhere")
        }
        try checkInside(resolved, path: path)
        let facts = FileSystem.facts(resolved)
        guard facts.kind == .file else { throw ToolFault(.unsafePath, "~/\(path) is no file") }
        guard facts.owner == FileSystem.user else { throw ToolFault(.unsafePath, "~/\(path) belongs to another user") }
        return resolved
    }

    private func checkInside(_ resolved: String, path: String) throws(ToolFault) {
        let root = FileSystem.resolved(home) ?? home
        guard resolved == root || resolved.hasPrefix(root + "/") else {
            throw ToolFault(.unsafePath, "~/\(path) leads out of the home folder by a symbolic link")
        }
    }
}
