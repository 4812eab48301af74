import Logging

/// One run: fetches, merges, takes over, sends.
struct SyncRun {
    let sync: CloudSync
    let settings: SyncSettings
    let endpoint: any SyncEndpoint

    /// Other machines and people may change things all the time.
    private static let maximumTries = 8

    private struct Fetched {
        var stored: StoredSync?
        var bundle: SyncBundle
        /// Whether it has to be sealed anew with the passphrase of today.
        var isOutdated = false
    }

    func run() async throws -> CloudSync.Report {
        // What was taken over before another machine was faster counts too.
        var pulled = 0
        for _ in 0..<Self.maximumTries {
            let fetched = try await fetch()
            if let report = try await take(fetched, &pulled) { return report }
        }
        throw SyncFault(.changed, "other machines, or somebody here, kept changing things; it is tried again later")
    }

    // MARK: Fetching

    private func fetch() async throws(SyncFault) -> Fetched {
        guard let stored = try await endpoint.fetch(.bundle) else {
            return Fetched(
                bundle: SyncBundle(id: "", history: [], machine: "", writtenAt: 0, state: SyncState()))
        }
        do {
            let text = try sync.sealer.open(stored.bytes, passphrase: settings.passphrase)
            return Fetched(stored: stored, bundle: try SyncBundle(text: text))
        } catch let fault where fault.code == .passphrase {
            guard let former = settings.formerPassphrase else { throw fault }
            let text = try sync.sealer.open(stored.bytes, passphrase: former)
            return Fetched(stored: stored, bundle: try SyncBundle(text: text), isOutdated: true)
        }
    }

    // MARK: Merging

    /// - Returns: nil when somebody was faster.
    private func take(_ fetched: Fetched, _ pulled: inout Int) async throws -> CloudSync.Report? {
        var record = try await sync.record()
        learnWhatArrived(fetched.bundle, &record)
        let configuration = try await sync.store.load()
        let now = sync.clock.wallMilliseconds()
        let plan = SyncPlan(
            configuration: configuration, base: record.base, remote: fetched.bundle.state, choices: settings.choices,
            resolutions: record.resolutions, now: now)
        let decided = plan.decide()
        record.base = decided.outcome.baseBefore
        record.baseID = fetched.stored == nil ? nil : fetched.bundle.id
        record.pendingID = nil
        record.pendingBase = SyncState()
        note(fetched.bundle, decided, &record, at: now)

        let sends = decided.outcome.remote != fetched.bundle.state || fetched.isOutdated || fetched.stored == nil
        let bundle = SyncBundle(
            id: Self.randomID(), history: fetched.stored == nil ? [] : [fetched.bundle.id] + fetched.bundle.history,
            machine: settings.machine, writtenAt: now, state: decided.outcome.remote)
        if sends {
            record.pendingID = bundle.id
            record.pendingBase = decided.outcome.baseAfter
        }
        let isTaken = try await sync.store.changeConfiguration(record: record.stored) { current in
            guard plan.isStillTrue(of: current) else { return nil }
            return try current.applying(decided.changes, now: now)
        }
        guard isTaken else { return nil }
        if !decided.changes.isEmpty { try await sync.publish() }
        pulled += decided.changes.count
        if sends {
            guard try await send(bundle, replacing: fetched.stored?.version) else { return nil }
            record.base = record.pendingBase
            record.baseID = bundle.id
            record.pendingID = nil
            record.pendingBase = SyncState()
            (record.remoteMachine, record.remoteWrittenAt) = (bundle.machine, bundle.writtenAt)
        }
        let pushed = sends ? pushed(fetched.bundle.state, bundle.state) : 0
        return try await finish(
            record,
            CloudSync.Report(pulled: pulled, pushed: pushed, conflicts: decided.outcome.conflicts.count), at: now)
    }

    /// Whether the last bundle arrived, and whether what lies there was made of what this machine knows.
    private func learnWhatArrived(_ bundle: SyncBundle, _ record: inout SyncRecord) {
        if let pending = record.pendingID, bundle.includes(pending) {
            record.base = record.pendingBase
            record.baseID = pending
        }
        // Somebody removed or restored what lies there, or the endpoint let machines overwrite each other: what was agreed on
        // says nothing about it.
        guard let known = record.baseID, bundle.includes(known) else {
            record.base = SyncState()
            return
        }
    }

    private func note(_ bundle: SyncBundle, _ decided: SyncPlan.Decided, _ record: inout SyncRecord, at now: Int64) {
        record.lastAttemptAt = now
        record.conflicts = decided.outcome.conflicts
        record.unreadable = decided.unreadable
        record.resolutions.removeAll { resolution in
            !record.conflicts.contains { $0.id == resolution.conflict && $0.fingerprint == resolution.fingerprint }
        }
        if !bundle.id.isEmpty { (record.remoteMachine, record.remoteWrittenAt) = (bundle.machine, bundle.writtenAt) }
    }

    // MARK: Sending

    /// - Returns: false when another machine was faster.
    private func send(_ bundle: SyncBundle, replacing version: String?) async throws(SyncFault) -> Bool {
        let sealed = try sync.sealer.seal(
            bundle.text(filler: .random(in: 0..<4096)), passphrase: settings.passphrase)
        guard sealed.count <= SyncBundle.maximumBytes else {
            throw SyncFault(.tooLarge, "the configuration is larger than \(SyncBundle.maximumBytes >> 20) MiB")
        }
        do {
            try await endpoint.store(sealed, as: .bundle, replacing: version)
            return true
        } catch let fault where fault.code == .changed {
            return false
        }
    }

    private func finish(
        _ record: SyncRecord, _ report: CloudSync.Report, at now: Int64
    ) async throws -> CloudSync.Report {
        var record = record
        record.lastSyncAt = now
        record.failures = 0
        record.lastFailure = nil
        try await sync.keep(record)
        if report.changes > 0 || report.conflicts > 0 {
            sync.logger.info(
                "configuration synchronised",
                metadata: [
                    "pulled": "\(report.pulled)", "pushed": "\(report.pushed)", "conflicts": "\(report.conflicts)",
                ])
        }
        return report
    }

    private func pushed(_ before: SyncState, _ after: SyncState) -> Int {
        Set(before.items.keys).union(after.items.keys).count { before.items[$0] != after.items[$0] }
    }

    private static func randomID() -> String { (0..<8).map { _ in UInt8.random(in: 0...255) }.hexadecimal }
}
