import Foundation
import OmniCore
import Testing

@testable import OmniStore

@Suite struct BodyArchiveTests {
    private static let now: Int64 = 1_790_000_000_000
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.path + "/bodies" }

    private func entry(_ id: String, _ kind: BodyEntry.Kind, _ text: String, at time: Int64 = now) -> BodyEntry {
        BodyEntry(
            requestID: id, startedAt: time, kind: kind, bytes: Array(text.utf8), length: text.utf8.count, limit: 1000)
    }

    private func record(_ id: String, at time: Int64 = now) -> UsageRecord {
        UsageRecord(requestID: id, startedAt: time)
    }

    private var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    @Test func whatWasWrittenIsRead() async throws {
        let archive = BodyArchive(folder: path)
        try archive.append(
            [entry("a", .request, #"{"api_key":"x"}"#), entry("b", .request, "b"), entry("a", .response, "answer")],
            budget: 1 << 20, now: Self.now)
        // Another process, and another request of the same name.
        let read = BodyArchive(folder: path)
        let bodies = try await read.bodies(of: record("a"))
        #expect(bodies.request.map { String(decoding: $0.bytes, as: UTF8.self) } == #"{"api_key":"[redacted]"}"#)
        #expect(bodies.request?.length == 15 && bodies.request?.isCut == false)
        #expect(bodies.response?.bytes == Array("answer".utf8))
        #expect(try await read.bodies(of: record("a", at: Self.now + 1)) == LoggedBodies())
        let kinds = try await read.kinds(of: [record("c"), record("b"), record("a")])
        #expect(kinds == [.init(), .init(hasRequest: true), .init(hasRequest: true, hasResponse: true)])
    }

    @Test func onlyTheOwnerReadsTheFiles() throws {
        let archive = BodyArchive(folder: path)
        try archive.append([entry("a", .request, "x")], budget: 1 << 20, now: Self.now)
        let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + (try #require(files.first)))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o700)
    }

    @Test func theOldestGoFirst() async throws {
        let archive = BodyArchive(folder: path, segmentBytes: 500)
        let text = String(repeating: "some words ", count: 30)
        for number in 0..<20 {
            try archive.append(
                [entry("r\(number)", .request, text, at: Self.now + Int64(number) * 1000)], budget: 4000,
                now: Self.now + Int64(number) * 1000)
        }
        let sizes = try files.map {
            try #require(FileManager.default.attributesOfItem(atPath: path + "/" + $0)[.size] as? Int)
        }
        #expect(sizes.reduce(0, +) <= 4000 && sizes.count > 2)
        #expect(try await archive.bodies(of: record("r0")).request == nil)
        #expect(try await archive.bodies(of: record("r19", at: Self.now + 19_000)).request != nil)
    }

    @Test func halfARecordHidesNothingElse() async throws {
        try BodyArchive(folder: path).append([entry("a", .request, "first")], budget: 1 << 20, now: Self.now)
        let file = path + "/" + (try #require(files.first))
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.seekToEnd()
        try handle.write(
            contentsOf: BodySegment.record(entry("b", .request, "lost"), bytes: [1, 2, 3], isCut: false).dropLast())
        try handle.close()
        let archive = BodyArchive(folder: path)
        try archive.append([entry("c", .request, "third")], budget: 1 << 20, now: Self.now)
        #expect(try await archive.bodies(of: record("a")).request != nil)
        #expect(try await archive.bodies(of: record("b")).request == nil)
        #expect(try await archive.bodies(of: record("c")).request != nil)
    }

    @Test func removedBodiesAreGoneFromTheDisk() async throws {
        let archive = BodyArchive(folder: path)
        try archive.append(
            [entry("a", .request, "private words"), entry("b", .request, "other"), entry("a", .response, "more")],
            budget: 1 << 20, now: Self.now)
        #expect(try await archive.removeBodies(of: record("a")) == 2)
        #expect(try await archive.bodies(of: record("a")) == LoggedBodies())
        #expect(try await archive.bodies(of: record("b")).request != nil)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/" + (try #require(files.first))))
        #expect(bytes.range(of: Data("private".utf8)) == nil)
        try await archive.removeAllBodies()
        #expect(try files.isEmpty)
        try archive.append([entry("d", .request, "again")], budget: 1 << 20, now: Self.now)
        #expect(try await archive.bodies(of: record("d")).request != nil)
    }

    @Test func withoutAFolderThereIsNothing() async throws {
        let archive = BodyArchive(folder: path)
        #expect(try await archive.kinds(of: [record("a")]) == [.init()])
        try await archive.removeAllBodies()
    }
}
