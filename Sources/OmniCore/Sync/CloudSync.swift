public import Logging
import Synchronization

/// Synchronises the configuration with a person's other machines through an endpoint of their own.
///
/// Off until somebody turns it on, and then nothing but sealed bundles leaves the machine, to nowhere but that endpoint. What is
/// to be done is decided by ``SyncMerge``; here it is carried out, in an order that any crash may interrupt: the configuration
/// and what it was agreed on change in one step, and whether a bundle arrived is known from the next one that lies there.
public final class CloudSync: Sendable {
    /// What people are shown.
    public struct Status: Sendable {
        /// nil until somebody set it up.
        public var settings: SyncSettings?
        public var record: SyncRecord
        public var isRunning: Bool
        /// Milliseconds since 1970.
        public var nextSyncAt: Int64?
        public var machine: String

        public var isEnabled: Bool { settings?.isEnabled ?? false }
    }

    /// What a run did.
    public struct Report: Sendable, Hashable {
        /// Things of this machine that were added, changed or removed.
        public var pulled = 0
        /// Things at the endpoint that were.
        public var pushed = 0
        public var conflicts = 0

        public var changes: Int { pulled + pushed }
    }

    struct State {
        var settings: SyncSettings?
        var isRunning = false
        /// Changes whenever somebody sets it up anew or turns it off: what was begun before sends nothing any more.
        var generation = 0
        var schedule = SyncSchedule()
    }

    let store: any SyncStore & ConfigurationStore
    let sealer: any SyncSealer
    private let makeEndpoint: @Sendable (SyncPlace) throws(SyncFault) -> any SyncEndpoint
    let clock: any RouterClock
    /// How this machine is called unless somebody says otherwise.
    let machine: String
    let publish: @Sendable () async throws -> Void
    let logger: Logger
    let state = Mutex(State())

    /// - Parameter publish: makes a change known to the data plane.
    public init(
        store: any SyncStore & ConfigurationStore, sealer: any SyncSealer, endpoints: SyncEndpoints,
        clock: any RouterClock, machine: String, publish: @escaping @Sendable () async throws -> Void, logger: Logger
    ) {
        self.store = store
        self.sealer = sealer
        makeEndpoint = { place throws(SyncFault) in try endpoints.endpoint(place) }
        self.clock = clock
        self.machine = machine
        self.publish = publish
        self.logger = logger
    }

    /// With endpoints of a test's own.
    init(
        store: any SyncStore & ConfigurationStore, sealer: any SyncSealer, endpoint: any SyncEndpoint,
        clock: any RouterClock, machine: String
    ) {
        self.store = store
        self.sealer = sealer
        makeEndpoint = { _ throws(SyncFault) in endpoint }
        self.clock = clock
        self.machine = machine
        publish = {}
        logger = Logger(label: "sync") { _ in SwiftLogNoOpLogHandler() }
    }

    // MARK: What people do

    public func status() async throws -> Status {
        let settings = try await currentSettings()
        let record = try await record()
        return state.withLock { state in
            Status(
                settings: settings, record: record, isRunning: state.isRunning, nextSyncAt: state.schedule.dueAt,
                machine: machine)
        }
    }

    /// Sets it up, or changes what is set; turns nothing on.
    public func configure(_ fields: JSONFields) async throws {
        let old = try await currentSettings()
        var settings = try SyncSettings.merged(old, fields, machine: machine, sealer: sealer)
        // Another endpoint is tried first.
        if let old, old.endpoint != settings.endpoint { settings.isEnabled = false }
        try await set(settings)
        let now = clock.wallMilliseconds()
        state.withLock { state in
            state.generation += 1
            if settings.isEnabled { state.schedule.changed(at: now) } else { state.schedule.stop() }
        }
    }

    /// Tries the endpoint, synchronises once, and stays on only if that worked.
    public func enable() async throws -> Report {
        guard var settings = try await currentSettings() else {
            throw SyncFault(.notConfigured, "no endpoint is configured; send action 'configure' first")
        }
        guard !settings.isEnabled else { return try await synchronise() }
        let generation = try claim()
        defer { release() }
        try await SyncProbe(endpoint: try endpoint(settings, generation)).run()
        let report = try await run(settings, generation)
        settings.isEnabled = true
        // Once more, for it may have been turned off during the last step.
        guard isCurrent(generation) else { throw SyncFault(.disabled, "synchronising was turned off meanwhile") }
        try await set(settings)
        return report
    }

    /// From when this returns nothing is sent but what was on its way.
    /// - Parameter removesBundle: whether the bundle is removed from the endpoint too, for all machines.
    public func disable(removesBundle: Bool) async throws {
        guard var settings = try await currentSettings() else { return }
        settings.isEnabled = false
        state.withLock { state in
            state.generation += 1
            state.schedule.stop()
        }
        try await set(settings)
        if removesBundle { try await makeEndpoint(settings.endpoint).remove(.bundle) }
    }

    /// Keeps a decision; it is carried out by the next run.
    public func resolve(conflict id: String, _ choice: SyncResolution.Choice) async throws {
        _ = try claim()
        defer { release() }
        var record = try await record()
        guard let conflict = record.conflicts.first(where: { $0.id == id }) else {
            throw FieldFault("id", "no such conflict; it may have been settled")
        }
        guard conflict.choices.contains(choice) else {
            let known = conflict.choices.map(\.rawValue).joined(separator: ", ")
            throw FieldFault("choice", "must be one of \(known)")
        }
        record.resolutions.removeAll { $0.conflict == id }
        record.resolutions.append(
            SyncResolution(conflict: id, fingerprint: conflict.fingerprint, choice: choice))
        try await keep(record)
    }

    /// Runs now.
    public func synchronise() async throws -> Report {
        guard let settings = try await currentSettings() else {
            throw SyncFault(.notConfigured, "no endpoint is configured; send action 'configure' first")
        }
        guard settings.isEnabled else { throw SyncFault(.disabled, "synchronising is off; send action 'enable' first") }
        let generation = try claim()
        defer { release() }
        return try await run(settings, generation)
    }

    // MARK: By itself

    /// Runs when it is time, until the task is cancelled.
    public func run() async {
        do {
            if try await currentSettings()?.isEnabled == true {
                state.withLock { $0.schedule.began(at: clock.wallMilliseconds()) }
            }
        } catch {
            logger.error("settings of synchronising cannot be read", metadata: ["error": "\(error)"])
        }
        // Cancellation ends the sleep and with it the loop.
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let now = clock.wallMilliseconds()
            guard state.withLock({ $0.schedule.isDue(at: now) }) else { continue }
            do {
                _ = try await synchronise()
            } catch let fault as SyncFault where fault.code == .busy || fault.code == .disabled {
                state.withLock { $0.schedule.stop() }
            } catch {
                logger.warning("the configuration was not synchronised", metadata: ["reason": "\(error)"])
            }
        }
    }

    /// Notes that somebody changed the configuration here.
    public func configurationChanged() {
        let now = clock.wallMilliseconds()
        state.withLock { state in
            if state.settings?.isEnabled == true { state.schedule.changed(at: now) }
        }
    }

    // MARK: Parts

    /// - Returns: the generation of what is begun.
    private func claim() throws(SyncFault) -> Int {
        let generation: Int? = state.withLock { state in
            guard !state.isRunning else { return nil }
            state.isRunning = true
            return state.generation
        }
        guard let generation else { throw SyncFault(.busy, "synchronising is under way already") }
        return generation
    }

    private func release() { state.withLock { $0.isRunning = false } }

    private func isCurrent(_ generation: Int) -> Bool { state.withLock { $0.generation == generation } }

    private func endpoint(_ settings: SyncSettings, _ generation: Int) throws(SyncFault) -> GuardedEndpoint {
        GuardedEndpoint(endpoint: try makeEndpoint(settings.endpoint)) { [self] in isCurrent(generation) }
    }

    /// One run, its outcome put on record whatever it is.
    private func run(_ settings: SyncSettings, _ generation: Int) async throws -> Report {
        state.withLock { $0.schedule.stop() }
        do {
            let report = try await SyncRun(
                sync: self, settings: settings, endpoint: try endpoint(settings, generation)
            ).run()
            let now = clock.wallMilliseconds()
            state.withLock { state in
                guard state.generation == generation else { return }
                state.schedule.succeeded(at: now, interval: settings.interval, chance: .random(in: 0...1))
            }
            return report
        } catch {
            try await note(error, settings, generation)
            throw error
        }
    }

    private func note(_ error: any Error, _ settings: SyncSettings, _ generation: Int) async throws {
        let fault = error as? SyncFault
        guard fault?.code != .disabled else { return }
        let now = clock.wallMilliseconds()
        var record = try await record()
        record.lastAttemptAt = now
        record.failures += 1
        record.lastFailure = SyncRecord.Failure(
            code: fault?.code.rawValue ?? "internal", message: fault?.message ?? "the run failed; see the log", at: now)
        if fault == nil { logger.error("synchronising failed", metadata: ["error": "\(error)"]) }
        try await keep(record)
        let failures = record.failures
        state.withLock { state in
            guard state.generation == generation, settings.isEnabled else { return }
            state.schedule.failed(at: now, failures: failures, interval: settings.interval, chance: .random(in: 0...1))
        }
    }

    func record() async throws -> SyncRecord {
        try await store.syncText(.record).map { try SyncRecord(stored: $0) } ?? SyncRecord()
    }

    func keep(_ record: SyncRecord) async throws { try await store.setSyncText(.record, record.stored) }

    /// Read anew each time: a backup may have been restored meanwhile.
    private func currentSettings() async throws -> SyncSettings? {
        let settings = try await store.syncText(.settings).map { try SyncSettings(stored: $0) }
        state.withLock { $0.settings = settings }
        return settings
    }

    func set(_ settings: SyncSettings) async throws {
        try await store.setSyncText(.settings, settings.stored)
        state.withLock { $0.settings = settings }
    }
}
