/// Finds out whether a tool is there and starts.
struct ToolProbe: Sendable {
    let settings: ToolSettings

    func look(for tool: CodingTool, isConfigured: Bool) async -> ToolRuntime {
        guard tool.requiresBinary else {
            return ToolRuntime(installed: isConfigured, runnable: isConfigured, reason: .notRequired)
        }
        let locator = ToolLocator(settings: settings)
        switch locator.find(tool) {
        case .missing: return ToolRuntime(installed: false, runnable: false, reason: .notFound)
        case .refused(let command, let path, let reason):
            return ToolRuntime(
                installed: path != nil, runnable: false, command: command, commandPath: path, reason: reason)
        case .found(let command, let path):
            var runtime = ToolRuntime(installed: true, runnable: true, command: command, commandPath: path)
            guard startsPrograms else { return runtime }
            runtime.version = await version(path, folders: locator.folders, limit: tool.timeout)
            if runtime.version == nil {
                runtime.runnable = false
                runtime.reason = .healthcheckFailed
            }
            return runtime
        }
    }

    /// Not in a container: a program of the machine outside need not start there, and need not.
    private var startsPrograms: Bool {
        switch settings.mode {
        case .host: true
        case .container: false
        case .auto: !["/.dockerenv", "/run/.containerenv"].contains { FileSystem.facts($0).kind == .file }
        }
    }

    /// - Returns: nil when it does not say its version in time.
    private func version(_ path: String, folders: [String], limit: Duration) async -> String? {
        let environment = [
            "HOME": settings.home, "PATH": folders.joined(separator: ":"), "LANG": "C.UTF-8", "TERM": "dumb",
            "NO_COLOR": "1", "CI": "1",
        ]
        let deadline = ContinuousClock.now + limit
        for argument in ["--version", "-v"] {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return nil }
            let outcome = await ProcessProbe.run(path, [argument], environment: environment, limit: left)
            guard outcome.status == 0 else { continue }
            let line = outcome.output.split(whereSeparator: \.isNewline).first ?? ""
            return String(
                line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(80).map(Character.init))
        }
        return nil
    }
}
