import OmniTranslate
import Testing

@testable import OmniCore

/// The table behind its lock, with tasks that wait.
@Suite struct IdempotencyMemoryTests {
    private let memory = IdempotencyMemory()
    private let key = IdempotencyKey(digest: [1])
    private let body: [UInt8] = [7]

    private var answer: IdempotentAnswer {
        IdempotentAnswer(
            key: key, bodyDigest: body, completedAt: 0, status: 200, headers: [], isStream: true, bytes: [1, 2],
            record: UsageRecord(requestID: "", startedAt: 0))
    }

    private func run() async throws -> IdempotencyTable.Run {
        let verdict = await memory.claim(key, bodyDigest: body, now: 0)
        guard case .run(let run) = verdict else { throw NotARun() }
        return run
    }

    private struct NotARun: Error {}

    @Test func waitersGetTheAnswer() async throws {
        let run = try await run()
        let bytes = await withTaskGroup(of: [UInt8]?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    guard case .replay(let answer) = await memory.claim(key, bodyDigest: body, now: 0) else {
                        return nil
                    }
                    return answer.bytes
                }
            }
            memory.complete(key, run, with: answer, isDurable: true)
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(bytes == Array(repeating: [1, 2], count: 8))
        #expect(memory.activeKeys(now: 4999) == 1)
        #expect(memory.activeKeys(now: 5000) == 0)
    }

    /// Also when it was cancelled before it began to wait.
    @Test(arguments: [false, true]) func aCancelledWaiterGoesOn(isEarly: Bool) async throws {
        let run = try await run()
        let waiter = Task {
            if isEarly { withUnsafeCurrentTask { $0?.cancel() } }
            return await memory.claim(key, bodyDigest: body, now: 0)
        }
        if !isEarly {
            await Task.yield()
            waiter.cancel()
        }
        guard case .left = await waiter.value else {
            Issue.record("it was not told to leave")
            return
        }
        // Nobody is in line any more: the key is free after this run.
        memory.complete(key, run, with: nil, isDurable: true)
        #expect(memory.activeKeys(now: 0) == 0)
    }

    @Test func onlyDurableAnswersAreSavedOnceSomebodySaves() async throws {
        memory.complete(key, try await run(), with: answer, isDurable: true)
        #expect(memory.takeUnsaved(now: 0).isEmpty)
        memory.restore([], now: 0)
        let other = IdempotencyMemory()
        other.restore([answer], now: 0)
        guard case .replay = await other.claim(key, bodyDigest: body, now: 4999) else {
            Issue.record("what was restored is not repeated")
            return
        }
        guard case .run(let first) = await other.claim(key, bodyDigest: body, now: 5000),
            case () = other.complete(key, first, with: answer, isDurable: false)
        else {
            Issue.record("the window did not end")
            return
        }
        #expect(other.takeUnsaved(now: 0).isEmpty)
        let second = IdempotencyKey(digest: [2])
        guard case .run(let run) = await other.claim(second, bodyDigest: body, now: 0) else {
            Issue.record("a new key is not free")
            return
        }
        var saved = answer
        saved.key = second
        other.complete(second, run, with: saved, isDurable: true)
        #expect(other.takeUnsaved(now: 0) == [saved])
        other.putBack([saved])
        #expect(other.takeUnsaved(now: 0) == [saved])
        #expect(other.takeUnsaved(now: 0).isEmpty)
    }

    @Test func recordingIsBounded() {
        #expect(memory.reserve(IdempotencyMemory.maximumRecordedBytes))
        #expect(!memory.reserve(1))
        memory.free(IdempotencyMemory.maximumRecordedBytes)
        #expect(memory.reserve(1))
    }

    private func request(
        key clientKey: String? = "a", path: String = "/v1/messages", usesArray: Bool = false
    ) -> InferenceRequest {
        var operation = RequestOperation()
        operation.usesArrayFraming = usesArray
        return InferenceRequest(
            id: "r", receivedAt: 0, clientFormat: .anthropicMessages, path: path, body: [],
            clientKey: clientKey.map { ClientKeyID($0) }, operation: operation)
    }

    @Test func onlyTheSameRequestHasTheSameKey() {
        func digest(_ mark: IdempotencyMark, _ request: InferenceRequest, _ body: [UInt8] = [7]) -> IdempotencyKey {
            IdempotencyKey(mark, of: request, bodyDigest: body)
        }
        let keys = [
            digest(.key("k"), request()), digest(.key("k"), request(key: "b")), digest(.key("k"), request(key: nil)),
            digest(.key("k"), request(key: "anonymous")), digest(.key("l"), request()),
            digest(.key("k"), request(path: "/v1/messages/k")), digest(.key("k"), request(usesArray: true)),
            digest(.requestID("k"), request()), digest(.requestID("k"), request(), [8]),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(digest(.key("k"), request(), [8]) == keys[0])
        #expect(digest(.requestID("k"), request()) == keys[7])
    }

    @Test(arguments: [
        (200, true), (204, true), (400, true), (401, true), (404, true), (422, true), (408, false), (409, false),
        (425, false), (429, false), (499, false), (500, false), (502, false), (529, false), (302, false),
    ])
    func whatIsTheAnswerToEveryTry(status: Int, isFinal: Bool) {
        #expect(IdempotentAnswer.isFinal(status: status) == isFinal)
    }
}
