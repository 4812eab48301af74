import NIOCore
import Testing

@testable import OmniCore

/// What of an answer is kept, and when whoever waits is told.
@Suite struct AnswerRecorderTests {
    private let memory = IdempotencyMemory()
    private let key = IdempotencyKey(digest: [1])
    private let client = RecordingWriter(ScriptedTransport([]))

    private func recorder() async throws -> AnswerRecorder {
        guard case .run(let run) = await memory.claim(key, bodyDigest: [7], now: 0) else { throw NotARun() }
        return AnswerRecorder(
            client, memory: memory, subject: .init(key: key, run: run, bodyDigest: [7], isDurable: true),
            clock: SteppingClock())
    }

    private struct NotARun: Error {}

    private var kept: IdempotentAnswer? {
        get async {
            guard case .replay(let answer) = await memory.claim(key, bodyDigest: [7], now: SteppingClock.wall) else {
                return nil
            }
            return answer
        }
    }

    @Test func aStreamIsKeptWithEveryByteTheClientGot() async throws {
        let recorder = try await recorder()
        recorder.start(
            status: 200, headers: [("x-request-id", "r"), ("request-id", "r"), ("x-a", "b")],
            body: ByteBuffer(string: "one "))
        await recorder.write(ByteBuffer(string: "two "))
        recorder.finish(ByteBuffer(string: "three"))
        let answer = try #require(await kept)
        #expect(String(decoding: answer.bytes, as: UTF8.self) == "one two three")
        #expect(client.received.body == answer.bytes)
        #expect(answer.headers == [.init(name: "x-a", value: "b")])
        #expect(answer.isStream && answer.status == 200 && answer.completedAt == SteppingClock.wall)
    }

    @Test func aStreamThatWasNeverFinishedIsNot() async throws {
        let recorder = try await recorder()
        recorder.start(status: 200, headers: [], body: ByteBuffer(string: "one "))
        recorder.end()
        #expect(await kept == nil)
    }

    @Test func whatIsTooLargeIsPassedOnAndForgotten() async throws {
        let recorder = try await recorder()
        recorder.start(status: 200, headers: [], body: ByteBuffer(string: "one "))
        await recorder.write(ByteBuffer(repeating: 0x20, count: IdempotencyMemory.maximumAnswerBytes))
        // Nobody has to wait for its end.
        #expect(memory.activeKeys(now: 0) == 0)
        recorder.finish(ByteBuffer(string: "end"))
        recorder.end()
        #expect(client.received.body.count == IdempotencyMemory.maximumAnswerBytes + 7)
        #expect(memory.activeKeys(now: 0) == 0)
        // What it held is free again.
        #expect(memory.reserve(IdempotencyMemory.maximumRecordedBytes))
    }

    @Test func theEndIsToldOnce() async throws {
        let recorder = try await recorder()
        recorder.respond(status: 200, headers: [], body: ByteBuffer(string: "{}"))
        recorder.end()
        #expect(await kept?.bytes == Array("{}".utf8))
        #expect(memory.reserve(IdempotencyMemory.maximumRecordedBytes))
    }
}
