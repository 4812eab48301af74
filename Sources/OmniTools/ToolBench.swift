public import OmniCore

/// How a person wants a tool connected.
public struct ToolRequest: Sendable {
    /// nil for the router's own.
    public var address: String?
    /// The key the tool is to use; its text is not kept, so the tool may get a copy of it.
    public var keyID: String?
    /// The text of a key.
    public var key: String?
    public var model: String?
    /// By ``CodingTool/modelNames``.
    public var models: [String: String] = [:]
    /// Only says what would change.
    public var isDryRun = false

    public init() {}
}

/// What was done to a tool's files, or would be.
public struct ToolOutcome: Sendable {
    /// The client key a tool has.
    public struct KeyUse: Sendable, Hashable {
        public var id: String
        public var name: String
        public var mask: String
        /// Made for this tool, because the text of no other was known.
        public var isNew: Bool
    }

    public var tool: CodingTool
    public var isDryRun = false
    public var diff = ""
    public var files: [ToolPlan.Change] = []
    public var warnings: [String] = []
    /// The copies from before; nil when nothing was written.
    public var backupID: String?
    public var address: String?
    public var model: String?
    public var key: KeyUse?
}

/// What can be said of a tool without changing anything.
public struct ToolStanding: Sendable {
    /// One of its files.
    public struct File: Sendable {
        public var path: String
        public var format: DocumentFormat
        public var exists: Bool
    }

    public var tool: CodingTool
    public var runtime: ToolRuntime
    public var files: [File] = []
    /// The values this router has to do with, secrets replaced; nil when a file cannot be read.
    public var settings: DocumentValue?
    public var fault: ToolFault?
    /// Whether it calls this router.
    public var isConnected = false
    public var address: String?
    public var model: String?
    public var record: ConnectionRecord?
}

/// Tools on this machine: looks for them, connects them and takes it back.
///
/// One at a time within a process; files that another process changed meanwhile are left alone.
public actor ToolBench {
    public nonisolated let settings: ToolSettings
    public nonisolated let addresses: ToolAddresses
    public nonisolated let backups: ToolBackups
    private let files: ToolFiles
    private let clock: any RouterClock
    private var runtimes: [String: (runtime: ToolRuntime, time: Int64)] = [:]

    /// How long it is known whether a tool starts, in milliseconds.
    private static let freshness: Int64 = 60_000

    public init(settings: ToolSettings, addresses: ToolAddresses, clock: any RouterClock) {
        self.settings = settings
        self.addresses = addresses
        self.clock = clock
        backups = ToolBackups(folder: settings.backups)
        files = ToolFiles(home: settings.home, backups: backups)
    }

    // MARK: - Looking

    public func standing(of tool: CodingTool) async -> ToolStanding {
        var standing = ToolStanding(tool: tool, runtime: ToolRuntime(installed: false, runnable: false))
        standing.record = ConnectionRecord.read(tool, in: settings.backups)
        do throws(ToolFault) {
            try look(into: &standing)
        } catch {
            standing.fault = error
            standing.settings = nil
        }
        standing.runtime = await runtime(of: tool, isConfigured: standing.files.contains(where: \.exists))
        return standing
    }

    private func look(into standing: inout ToolStanding) throws(ToolFault) {
        let states = try files.states(of: standing.tool)
        standing.files = states.map {
            ToolStanding.File(path: $0.choice.path, format: $0.choice.format, exists: $0.bytes != nil)
        }
        var visible = DocumentValue.object([])
        for state in states {
            let document = try state.document().value
            visible = DocumentValue.merged(visible, state.choice.visible(in: document))
            standing.address = standing.address ?? state.choice.address(in: document)
            standing.model = standing.model ?? state.choice.model(in: document)
        }
        standing.settings = visible
        standing.isConnected = isOwn(standing.address, record: standing.record)
    }

    private func isOwn(_ address: String?, record: ConnectionRecord?) -> Bool {
        guard let address else { return false }
        return addresses.isOwn(address, known: [record?.address].compactMap { $0 })
    }

    /// Kept for a minute.
    private func runtime(of tool: CodingTool, isConfigured: Bool) async -> ToolRuntime {
        let now = clock.wallMilliseconds()
        if let known = runtimes[tool.id], tool.requiresBinary, now - known.time < Self.freshness, now >= known.time {
            return known.runtime
        }
        let found = await ToolProbe(settings: settings).look(for: tool, isConfigured: isConfigured)
        runtimes[tool.id] = (found, now)
        return found
    }

    /// All tools, looked for at the same time.
    public nonisolated func standings() async -> [ToolStanding] {
        await withTaskGroup(of: (Int, ToolStanding).self) { group in
            for (index, tool) in CodingTool.all.enumerated() {
                group.addTask { (index, await self.standing(of: tool)) }
            }
            var found: [(Int, ToolStanding)] = []
            for await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// What a person would write by hand, file by file, with a place for the key.
    public nonisolated func manual(
        _ tool: CodingTool, address: String? = nil
    ) -> [(path: String, text: String)] {
        let connection = ToolConnection(
            address: address ?? addresses.preferred, secret: "YOUR-CLIENT-KEY", model: "MODEL",
            time: clock.wallMilliseconds())
        return tool.files.compactMap { file in
            guard let choice = file.choices.first else { return nil }
            // The table's own edits on an empty file: a test makes sure that they work.
            guard var document = try? ConfigurationDocument([], format: choice.format),
                (try? document.apply(choice.connecting(connection, in: document.value))) != nil
            else { return nil }
            return (choice.path, document.text)
        }
    }

    // MARK: - Changing

    private func checkWrites() throws(ToolFault) {
        guard settings.allowsWrites else {
            throw ToolFault(.writesOff, "writing tools' files is switched off by CLI_ALLOW_CONFIG_WRITES")
        }
    }

    /// Makes a tool call this router with a client key of its own.
    public func connect(_ tool: CodingTool, _ request: ToolRequest, keys: ToolKeys) async throws -> ToolOutcome {
        guard !tool.files.isEmpty else {
            throw ToolFault(.manual, "\(tool.name) has no file for this; \(tool.manual ?? "see \(tool.source)")")
        }
        if !request.isDryRun { try checkWrites() }
        guard let address = request.address.map({ ToolAddresses.plain($0) }) ?? addresses.preferred else {
            throw ToolFault(.invalid, "must be an http or https address without query", field: "baseUrl")
        }
        guard request.model != nil || tool.model == .optional else {
            throw ToolFault(.invalid, "required: \(tool.name) is told which model to ask for", field: "model")
        }
        let states = try files.states(of: tool)
        var present: String?
        for state in states where present == nil { present = state.choice.secret(in: try state.document().value) }
        let now = clock.wallMilliseconds()
        let choice = try await keys.choose(
            for: tool, present: present, keyID: request.keyID, key: request.key, now: now)
        let connection = ToolConnection(
            address: address, secret: choice.secret, model: request.model, models: request.models, time: now)
        let plan = try ToolPlan.connecting(states, to: connection)
        var outcome = ToolOutcome(tool: tool, isDryRun: request.isDryRun)
        outcome.diff = plan.diff
        outcome.files = plan.changes
        outcome.warnings = plan.warnings
        outcome.address = address
        outcome.model = request.model
        outcome.key = choice.use
        guard !request.isDryRun else { return outcome }
        try await keys.store(choice)
        do {
            if !plan.changes.isEmpty {
                outcome.backupID = try files.apply(plan.changes, of: tool, because: .connect, now: now)
            }
            try ConnectionRecord(address: address, keyID: choice.use.id, model: request.model, time: now)
                .save(tool, in: settings.backups)
        } catch {
            // Nobody knows its text.
            if outcome.backupID == nil { try await keys.revoke(choice, now: now) }
            throw error
        }
        runtimes[tool.id] = nil
        return outcome
    }

    /// Takes away what ``connect(_:_:keys:)`` wrote; what calls another address stays.
    public func disconnect(_ tool: CodingTool, isDryRun: Bool) throws(ToolFault) -> ToolOutcome {
        if !isDryRun { try checkWrites() }
        var outcome = ToolOutcome(tool: tool, isDryRun: isDryRun)
        let states = try files.states(of: tool)
        let record = ConnectionRecord.read(tool, in: settings.backups)
        var address: String?
        for state in states where address == nil { address = state.choice.address(in: try state.document().value) }
        if isOwn(address, record: record) {
            let plan = try ToolPlan.disconnecting(states)
            outcome.diff = plan.diff
            outcome.files = plan.changes
            if !isDryRun, !plan.changes.isEmpty {
                outcome.backupID = try files.apply(
                    plan.changes, of: tool, because: .disconnect, now: clock.wallMilliseconds())
            }
        }
        if !isDryRun { ConnectionRecord.remove(tool, in: settings.backups) }
        return outcome
    }

    /// Puts files back as they were; what they are now is kept too, so that this can be taken back the same way.
    public func restore(_ backup: ToolBackups.Backup) throws(ToolFault) -> ToolOutcome {
        try checkWrites()
        guard let tool = CodingTool.named(backup.toolID) else { throw ToolFault(.notFound, "no such tool") }
        var outcome = ToolOutcome(tool: tool)
        outcome.files = try backups.changes(restoring: backup, in: files)
        if !outcome.files.isEmpty {
            outcome.backupID = try files.apply(
                outcome.files, of: tool, because: .restore, now: clock.wallMilliseconds())
        }
        return outcome
    }

    public func delete(_ backup: ToolBackups.Backup) throws(ToolFault) {
        try checkWrites()
        try backups.delete(backup.id)
    }
}
