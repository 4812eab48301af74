/// Looks for a tool's executable the way a shell does, and says whether it may be started.
struct ToolLocator: Sendable {
    enum Finding: Sendable, Hashable {
        case found(command: String, path: String)
        case refused(command: String, path: String?, ToolRuntime.Reason)
        case missing
    }

    let settings: ToolSettings

    func find(_ tool: CodingTool) -> Finding {
        if let named = settings.executables[tool.id] {
            // A bare name is looked for, a path is taken as it is.
            let path = named.contains("/") ? named : search(named)
            guard let path, FileSystem.facts(path).kind == .file else {
                return .refused(command: named, path: nil, .missingCommand)
            }
            return judged(named, path)
        }
        for command in tool.commands {
            if let path = search(command) { return judged(command, path) }
        }
        return .missing
    }

    /// Folders in the order in which they are searched; relative ones would depend on where the router was started.
    var folders: [String] {
        (settings.extraPaths + settings.searchPath.split(separator: ":").map(String.init)).filter { $0.hasPrefix("/") }
    }

    private func search(_ command: String) -> String? {
        let paths = folders.map { "\($0)/\(command)" }
        return paths.first { FileSystem.isExecutable($0) } ?? paths.first { FileSystem.facts($0).kind == .file }
    }

    private func judged(_ command: String, _ path: String) -> Finding {
        guard FileSystem.isExecutable(path), let real = FileSystem.resolved(path) else {
            return .refused(command: command, path: path, .notExecutable)
        }
        let places = [real, FileSystem.parent(real), FileSystem.resolved(FileSystem.parent(path)) ?? "/"]
        guard places.allSatisfy(isOurs) else { return .refused(command: command, path: path, .unsafeLocation) }
        return .found(command: command, path: path)
    }

    /// Whether only this user and the system's owner can change what is there.
    private func isOurs(_ path: String) -> Bool {
        let facts = FileSystem.facts(path)
        return facts.mode & 0o002 == 0 && (facts.owner == 0 || facts.owner == FileSystem.user)
    }
}
