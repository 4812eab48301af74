import OmniCore
import Synchronization
import Testing

@testable import OmniHTTP

@Suite struct ChangeGateTests {
    /// What happened, in order.
    private final class Diary: Sendable {
        private let lines = Mutex<[String]>([])

        func note(_ line: String) { lines.withLock { $0.append(line) } }

        var all: [String] { lines.withLock { $0 } }
    }

    /// Lets others pass when it is opened.
    private final class Latch: Sendable {
        private let stream: AsyncStream<Void>
        private let source: AsyncStream<Void>.Continuation

        init() { (stream, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

        func open() { source.finish() }

        func wait() async { for await _ in stream {} }
    }

    @Test func aRestoreWaitsForChangesAndChangesForIt() async throws {
        let gate = ChangeGate()
        let diary = Diary()
        let (isChanging, mayEnd, isRestoring) = (Latch(), Latch(), Latch())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await gate.change {
                    isChanging.open()
                    await mayEnd.wait()
                    diary.note("change")
                }
            }
            await isChanging.wait()
            group.addTask {
                try await gate.alone {
                    isRestoring.open()
                    diary.note("restore")
                }
            }
            while !gate.isClosed { await Task.yield() }
            group.addTask { try await gate.change { diary.note("late change") } }
            mayEnd.open()
            await isRestoring.wait()
            try await group.waitForAll()
        }
        #expect(diary.all == ["change", "restore", "late change"])
    }

    @Test func twoRestoresDoNotRunAtOnce() async throws {
        let gate = ChangeGate()
        try await gate.alone {
            let fault = await #expect(throws: BackupFault.self) { try await gate.alone {} }
            #expect(fault?.code == .busy)
        }
        // The first has ended.
        try await gate.alone {}
    }

    @Test func aRestoreGivesUpWhenChangesTakeTooLong() async throws {
        let gate = ChangeGate(patience: .milliseconds(1))
        try await gate.change {
            let fault = await #expect(throws: BackupFault.self) { try await gate.alone {} }
            #expect(fault?.code == .busy)
        }
        try await gate.alone {}
    }

    @Test func whatFailsOpensTheGateAgain() async throws {
        let gate = ChangeGate()
        await #expect(throws: BackupFault.self) { try await gate.alone { throw BackupFault(.failed, "") } }
        await #expect(throws: BackupFault.self) { try await gate.change { throw BackupFault(.failed, "") } }
        try await gate.alone {}
        try await gate.change {}
    }
}
