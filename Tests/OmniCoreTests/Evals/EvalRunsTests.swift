import OmniJSON
import Synchronization
import Testing

@testable import OmniCore

@Suite struct EvalRunsTests {
    private static func suite(
        _ count: Int, judges: [EvalJudge] = [EvalJudge(.exact("good", ignoresCase: false))]
    ) -> EvalSuite {
        EvalSuite(
            id: "suite", name: "Suite",
            cases: (1...count).map { EvalCase(id: "c\($0)", name: "c\($0)", asking: "question \($0)", judges: judges) })
    }

    private static func run(
        _ suite: EvalSuite, models: [String] = ["m"], _ change: (inout EvalRun.Options) -> Void = { _ in }
    ) -> EvalRun {
        var options = EvalRun.Options()
        change(&options)
        return EvalRun(id: "run", suite: suite, kind: .models, models: models, options: options, createdAt: 5)
    }

    private static func runs(_ store: MemoryEvalStore, _ caller: ScriptedCaller) -> EvalRuns {
        EvalRuns(store: store, suites: store, caller: caller, clock: SystemClock()) { error in
            Issue.record("\(error)")
        }
    }

    @Test func everyCaseIsPutToEveryModel() async throws {
        let caller = ScriptedCaller { call in .text(call.requestID.hasSuffix("-3") ? "bad" : "good", cost: 7) }
        let store = MemoryEvalStore()
        let ended = try await Self.runs(store, caller).perform(
            Self.run(Self.suite(3), models: ["m", "n"]), of: Self.suite(3))
        #expect(ended.status == .completed && ended.finishedAt != nil)
        #expect(ended.sum.done == 6 && ended.sum.passed == 5 && ended.sum.cost == NanoDollars(42))
        #expect(ended.tallies.map(\.passed) == [2, 3])
        #expect(ended.sum.inputTokens == 6 * 11 && ended.sum.outputTokens == 6 * 3)
        let results = store.results
        #expect(Set(results.map { "\($0.caseID)\($0.model)" }).count == 6)
        #expect(results.allSatisfy { $0.provider == "mock" && $0.requestID?.hasPrefix("eval-run-") == true })
        #expect(store.stored?.status == .completed)
    }

    @Test func noMoreAreAskedAtOnceThanWasSaid() async throws {
        let caller = ScriptedCaller { _ in .text("good", after: .milliseconds(5)) }
        let run = Self.run(Self.suite(12)) { $0.concurrency = 3 }
        _ = try await Self.runs(MemoryEvalStore(), caller).perform(run, of: Self.suite(12))
        #expect(caller.most == 3)
    }

    @Test func theLimitOfCostEndsARun() async throws {
        let caller = ScriptedCaller { _ in .text("good", cost: 30) }
        let run = Self.run(Self.suite(50)) { $0.maximumCost = NanoDollars(100) }
        let ended = try await Self.runs(MemoryEvalStore(), caller).perform(run, of: Self.suite(50))
        #expect(ended.status == .stopped && ended.reason?.contains("$0.0000001") == true)
        #expect(ended.sum.cost == NanoDollars(120) && ended.sum.done == 4)
    }

    @Test func aRunThatIsCancelledEndsAtOnceAndKeepsWhatItFound() async throws {
        let caller = ScriptedCaller { call in
            call.requestID.hasSuffix("-1") ? .text("good", cost: 3) : .text("good", cost: 4, after: .seconds(600))
        }
        let store = MemoryEvalStore()
        let runs = Self.runs(store, caller)
        let ended = try await withThrowingTaskGroup(of: EvalRun?.self) { group in
            group.addTask { try await runs.perform(Self.run(Self.suite(9)) { $0.concurrency = 2 }, of: Self.suite(9)) }
            group.addTask {
                while store.results.isEmpty { await Task.yield() }
                #expect(runs.cancel("run"))
                return nil
            }
            var ended: EvalRun?
            for try await one in group { ended = one ?? ended }
            return try #require(ended)
        }
        #expect(ended.status == .cancelled && ended.sum.done == 1 && ended.total == 9)
        // What was cut off was paid for all the same.
        #expect(ended.costOfRest >= NanoDollars(4))
        #expect(store.stored == ended)
        #expect(!runs.cancel("run"))
    }

    @Test func runsThatWaitAreCarriedOutUntilTheRouterStops() async throws {
        let caller = ScriptedCaller { call in
            .text("good", after: call.requestID.contains("eval-long") ? .seconds(600) : .zero)
        }
        let store = MemoryEvalStore()
        let runs = Self.runs(store, caller)
        var (short, long) = (Self.run(Self.suite(2)), Self.run(Self.suite(2)))
        (short.id, long.id) = ("short", "long")
        try runs.enqueue(short, of: Self.suite(2))
        try runs.enqueue(long, of: Self.suite(2))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await runs.run() }
            while store.run("short")?.status != .completed || store.run("long")?.status != .running {
                await Task.yield()
            }
            runs.stop()
        }
        #expect(store.run("long")?.status == .interrupted)
        #expect(throws: EvalRuns.Refusal.stopping) { try runs.enqueue(Self.run(Self.suite(1)), of: Self.suite(1)) }
    }

    @Test func failuresAreErrorsOfTheirCase() async throws {
        let caller = ScriptedCaller { call in
            call.requestID.hasSuffix("-2") ? .init(answer: EvalAnswer(status: 503, error: "overloaded")) : .text("good")
        }
        let store = MemoryEvalStore()
        let ended = try await Self.runs(store, caller).perform(Self.run(Self.suite(3)), of: Self.suite(3))
        #expect(ended.status == .completed && ended.sum.errors == 1 && ended.sum.passed == 2 && ended.sum.failed == 1)
        let failed = try #require(store.results.first { $0.caseID == "c2" })
        #expect(failed.error == "overloaded" && failed.status == 503 && failed.judgements.isEmpty)
    }

    @Test func answersThatWereBroughtAreJudgedAndMissingOnesAreEmpty() async throws {
        let caller = ScriptedCaller { _ in .text("never asked") }
        let store = MemoryEvalStore()
        let ended = try await Self.runs(store, caller).perform(
            Self.run(Self.suite(2), models: ["outputs"]), of: Self.suite(2), outputs: ["c1": "good"])
        #expect(caller.calls == 0)
        #expect(ended.sum.passed == 1 && ended.sum.failed == 1 && ended.sum.cost == .zero)
        #expect(store.results.first { $0.caseID == "c2" }?.output == "")
    }

    @Test(arguments: [
        (#"{"verdict":"pass","score":1}"#, "good", EvalCaseResult.Outcome.passed, 2),
        (#"{"verdict":"fail"}"#, "good", .failed, 2),
        ("I think it passes", "good", .error, 2), (#"{"verdict":"pass"}"#, "bad", .failed, 1),
    ])
    func aModelIsAskedWhenTheOtherJudgesAreContent(
        verdict: String, answer: String, expected: EvalCaseResult.Outcome, calls: Int
    ) async throws {
        let judges = [EvalJudge(.model(rubric: "r", model: nil)), EvalJudge(.exact("good", ignoresCase: false))]
        let suite = Self.suite(1, judges: judges)
        let caller = ScriptedCaller { call in
            call.requestID.contains("judge") ? .text(verdict, cost: 5) : .text(answer, cost: 2)
        }
        let store = MemoryEvalStore()
        let run = Self.run(suite) { $0.judgeModel = "judge" }
        let ended = try await Self.runs(store, caller).perform(run, of: suite)
        let result = try #require(store.results.first)
        #expect(result.outcome == expected, "\(result)")
        #expect(caller.calls == calls)
        #expect(ended.sum.cost == NanoDollars(calls == 2 ? 7 : 2))
    }

    @Test func runsAndResultsCanBeReadAgain() async throws {
        let caller = ScriptedCaller { _ in .text("good", cost: 12) }
        let store = MemoryEvalStore()
        var run = Self.run(Self.suite(2)) {
            $0.maximumCost = NanoDollars(5_000_000)
            $0.judgeModel = "judge"
            $0.clientKey = ClientKeyID("key")
        }
        run.note = "a note"
        let ended = try await Self.runs(store, caller).perform(run, of: Self.suite(2))
        var writer = JSONWriter()
        writer.beginObject()
        ended.writeMembers(into: &writer)
        writer.endObject()
        #expect(try EvalRun(JSONFields(JSONValue(parsing: writer.bytes))) == ended)
        for result in store.results {
            var writer = JSONWriter()
            result.write(into: &writer)
            #expect(try EvalCaseResult(JSONFields(JSONValue(parsing: writer.bytes))) == result)
        }
    }

    @Test func aLongAnswerIsCutBetweenCharacters() {
        var result = EvalCaseResult(of: Self.suite(1).cases[0], model: "m")
        result.keep("a" + String(repeating: "é", count: EvalCaseResult.maximumOutput))
        #expect(result.isOutputCut && result.output.utf8.count == EvalCaseResult.maximumOutput - 1)
        #expect(result.output.hasSuffix("é"))
    }

    @Test func comparesCaseByCase() {
        func result(_ id: String, _ outcome: EvalCaseResult.Outcome, digest: String = "d") -> EvalCaseResult {
            var result = EvalCaseResult(of: EvalCase(id: id, name: id, asking: "q", judges: []), model: "m")
            result.outcome = outcome
            result.digest = digest
            return result
        }
        let run = Self.run(Self.suite(1))
        let comparison = EvalComparison([
            (run, [result("a", .passed), result("b", .failed), result("c", .error), result("d", .passed)]),
            (
                run,
                [
                    result("a", .failed), result("b", .passed), result("c", .failed, digest: "other"),
                    result("e", .passed),
                ]
            ),
        ])
        #expect(comparison.columns.count == 2)
        #expect(comparison.rows.map(\.caseID) == ["a", "b", "c", "d", "e"])
        #expect(comparison.rows.map { $0.change(to: 1) } == [.broken, .fixed, .same, .missing, .missing])
        #expect(comparison.rows.map(\.isChanged) == [false, false, true, false, false])
    }
}

/// Answers as a script says, and counts.
private final class ScriptedCaller: EvalCaller {
    private struct Counts { var running = 0, most = 0, calls = 0 }
    private let counts = Mutex(Counts())
    private let script: @Sendable (EvalCall) -> ScriptedAnswer

    struct ScriptedAnswer: Sendable {
        var answer: EvalAnswer
        var delay = Duration.zero
    }

    init(_ script: @escaping @Sendable (EvalCall) -> ScriptedAnswer) { self.script = script }

    var most: Int { counts.withLock { $0.most } }
    var calls: Int { counts.withLock { $0.calls } }

    func answer(to call: EvalCall) async -> EvalAnswer {
        counts.withLock { counts in
            counts.running += 1
            counts.calls += 1
            counts.most = max(counts.most, counts.running)
        }
        defer { counts.withLock { $0.running -= 1 } }
        let scripted = script(call)
        // Cancelled with the run.
        if scripted.delay > .zero { try? await Task.sleep(for: scripted.delay) }
        return scripted.answer
    }
}

extension ScriptedCaller.ScriptedAnswer {
    fileprivate static func text(_ text: String, cost: Int64? = 1, after delay: Duration = .zero) -> Self {
        var answer = EvalAnswer(status: 200, text: text, latencyMS: 3)
        var record = UsageRecord(requestID: "", startedAt: 0)
        record.status = 200
        record.provider = "mock"
        record.inputTokens = 11
        record.outputTokens = 3
        record.cost = cost.map { NanoDollars($0) }
        answer.record = record
        return Self(answer: answer, delay: delay)
    }
}

/// Keeps everything in memory.
private final class MemoryEvalStore: EvalRunStore, EvalSuiteStore {
    private struct State { var runs: [String: EvalRun] = [:], results: [EvalCaseResult] = [] }
    private let state = Mutex(State())

    var results: [EvalCaseResult] { state.withLock { $0.results } }
    var stored: EvalRun? { run("run") }
    func run(_ id: String) -> EvalRun? { state.withLock { $0.runs[id] } }

    func insertEvalRun(_ run: EvalRun) throws { state.withLock { $0.runs[run.id] = run } }
    func updateEvalRun(_ run: EvalRun) throws { state.withLock { $0.runs[run.id] = run } }
    func add(_ result: EvalCaseResult, to run: EvalRun) throws {
        state.withLock { state in
            state.results.append(result)
            state.runs[run.id] = run
        }
    }
    func interruptEvalRuns(now: Int64) throws -> Int { 0 }
    func evalRun(_ id: String) async throws -> EvalRun? { run(id) }
    func evalRuns(_ filter: EvalRunFilter) async throws -> (runs: [EvalRun], total: Int) { ([], 0) }
    func evalResults(of id: String, offset: Int) async throws -> [EvalCaseResult] { results }
    func deleteEvalRun(_ id: String) async throws -> Bool { false }
    func evalSuites() async throws -> [EvalSuite] { [] }
    func evalSuite(_ id: String) async throws -> EvalSuite? { nil }
    func insertEvalSuite(_ suite: EvalSuite) async throws -> Bool { false }
    func updateEvalSuite(_ suite: EvalSuite) async throws -> Bool { false }
    func deleteEvalSuite(_ id: String) async throws -> Bool { false }
}
