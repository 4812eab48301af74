import Foundation
public import OmniCore
import Synchronization

/// Logged bodies in files of bounded size; the oldest file goes when there are too many bytes.
///
/// A file's name is the time it was begun, so that a request's bodies are looked for in few of them, and opening the archive
/// reads none.
public final class BodyArchive: BodyStore {
    private struct State {
        /// The file that is written to; nil before the first body.
        var last: BodySegment?
    }

    private let folder: String
    private let segmentBytes: Int
    private let state = Mutex(State())
    /// How long a file is added to, so that what is old enough to go does not wait for what is not: a day.
    private static let segmentTime: Int64 = 86_400_000
    /// Clocks are put back, and bodies wait before they are written.
    private static let tolerance: Int64 = 120_000

    /// - Parameters:
    ///   - folder: made when there is something to write.
    ///   - segmentBytes: a file that has reached this is not added to.
    public init(folder: String, segmentBytes: Int = 8 << 20) {
        self.folder = folder
        self.segmentBytes = segmentBytes
    }

    /// Adds bodies, with everything secret taken out, and makes room for them.
    /// - Parameters:
    ///   - budget: bytes of all files together.
    ///   - now: milliseconds since 1970.
    /// - Throws: ``StoreError``; what was not written is lost.
    public func append(_ entries: [BodyEntry], budget: Int, now: Int64) throws {
        // Outside the lock: this takes longer than anything else here.
        let written = entries.map { entry in
            let (bytes, isCut) = BodyRedaction.redact(
                entry.bytes, limit: entry.limit, isWhole: entry.length == entry.bytes.count)
            return BodySegment.record(entry, bytes: bytes, isCut: isCut)
        }
        try state.withLock { state in
            for record in written {
                try segment(in: &state, at: now, budget: budget).append(record)
            }
            try shrink(to: budget, except: state.last?.startedAt)
        }
    }

    private func segment(in state: inout State, at now: Int64, budget: Int) throws -> BodySegment {
        let maximum = min(segmentBytes, max(budget / 4, 1))
        if let last = state.last, now - last.startedAt < Self.segmentTime, try last.size < maximum { return last }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(.directory, "the folder \(folder) cannot be made: \(error.localizedDescription)")
        }
        let newest = segments().last?.startedAt ?? 0
        let segment = try BodySegment.create(in: folder, startedAt: max(now, newest + 1))
        state.last = segment
        return segment
    }

    /// Oldest first.
    private func segments() -> [BodySegment] {
        // Without the folder there is none.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { BodySegment(folder: folder, name: $0) }.sorted { $0.startedAt < $1.startedAt }
    }

    /// Removes the files that hold nothing but bodies of before a time.
    /// - Parameter time: milliseconds since 1970.
    public func removeBodies(before time: Int64) throws {
        try state.withLock { state in
            for segment in segments() where segment.startedAt + Self.segmentTime <= time {
                try segment.remove()
                if state.last?.startedAt == segment.startedAt { state.last = nil }
            }
        }
    }

    private func shrink(to budget: Int, except last: Int64?) throws {
        var segments = segments()
        var sizes = try segments.map { try $0.size }
        while sizes.reduce(0, +) > budget, let oldest = segments.first, oldest.startedAt != last {
            try oldest.remove()
            segments.removeFirst()
            sizes.removeFirst()
        }
    }

    // MARK: Reading

    public func bodies(of record: UsageRecord) async throws -> LoggedBodies {
        try state.withLock { _ in
            var bodies = LoggedBodies()
            for segment in segments(for: [record]) {
                for entry in try segment.entries() where entry.isOf(record) {
                    let body = try segment.body(of: entry)
                    switch entry.kind {
                    case .request: bodies.request = body
                    case .response: bodies.response = body
                    }
                }
            }
            return bodies
        }
    }

    public func kinds(of records: [UsageRecord]) async throws -> [LoggedBodies.Kinds] {
        try state.withLock { _ in
            var places: [BodySegment.RequestKey: Int] = [:]
            for (place, record) in records.enumerated() { places[BodySegment.RequestKey(record)] = place }
            var kinds = [LoggedBodies.Kinds](repeating: .init(), count: records.count)
            for segment in segments(for: records) {
                for entry in try segment.entries() {
                    guard let place = places[entry.key] else { continue }
                    switch entry.kind {
                    case .request: kinds[place].hasRequest = true
                    case .response: kinds[place].hasResponse = true
                    }
                }
            }
            return kinds
        }
    }

    /// Those that may hold bodies of these requests.
    private func segments(for records: [UsageRecord]) -> [BodySegment] {
        guard let from = records.map(\.startedAt).min(),
            let to = records.map({ $0.startedAt + Int64($0.latencyMS) }).max()
        else { return [] }
        let all = segments()
        return all.indices.filter { index in
            let end = index + 1 < all.count ? all[index + 1].startedAt : .max
            return all[index].startedAt <= to + Self.tolerance && end >= from - Self.tolerance
        }.map { all[$0] }
    }

    // MARK: Removing

    public func removeBodies(of record: UsageRecord) async throws -> Int {
        try state.withLock { _ in
            var count = 0
            for segment in segments(for: [record]) {
                for entry in try segment.entries() where entry.isOf(record) {
                    try segment.erase(entry)
                    count += 1
                }
            }
            return count
        }
    }

    public func removeAllBodies() async throws {
        try state.withLock { state in
            state.last = nil
            for segment in segments() { try segment.remove() }
        }
    }
}
