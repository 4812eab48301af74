import Foundation
import OmniCore
import Testing

@testable import OmniStore

@Suite struct EvalFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let suite = EvalSuite(
        id: "suite", name: "Suite",
        cases: [
            EvalCase(id: "a", name: "A", asking: "Say hello.", judges: [EvalJudge(.exact("hello", ignoresCase: false))])
        ])

    private func run(_ id: String, _ status: EvalRun.Status = .completed) -> EvalRun {
        var run = EvalRun(id: id, suite: Self.suite, kind: .models, models: ["m"], createdAt: 1_700_000_000_000)
        run.status = status
        return run
    }

    private func result(_ output: String) -> EvalCaseResult {
        var result = EvalCaseResult(of: Self.suite.cases[0], model: "m")
        result.output = output
        return result
    }

    private func file(runs: Int = 10, bytes: Int = 1 << 20) throws -> EvalFile {
        try EvalFile(
            path: folder.file("evals.sqlite"),
            box: SecretBox(passphrase: nil, directory: DataDirectory(path: folder.path, exclusive: false)),
            bounds: EvalFile.Bounds(runs: runs, bytes: bytes))
    }

    @Test func runsAndResultsAreThereAgain() async throws {
        let running = run("one", .running)
        do {
            let file = try file()
            try file.insertEvalRun(running)
            try file.add(result("the secret answer"), to: running)
            try file.add(result("second"), to: running)
        }
        let file = try file()
        #expect(try await file.evalRun("one") == running)
        #expect(try await file.evalResults(of: "one", offset: 0).map(\.output) == ["the secret answer", "second"])
        #expect(try await file.evalResults(of: "one", offset: 1).map(\.output) == ["second"])
        #expect(try await file.evalResults(of: "two", offset: 0).isEmpty)
        #expect(try !folder.everything().contains(Data("secret answer".utf8)))
        #expect(try folder.mode("evals.sqlite") == 0o600)
    }

    @Test func whatAnEarlierProcessLeftIsInterrupted() async throws {
        let file = try file()
        for one in [run("queued", .queued), run("running", .running), run("done")] { try file.insertEvalRun(one) }
        #expect(try file.interruptEvalRuns(now: 9000) == 2)
        let runs = try await file.evalRuns(EvalRunFilter()).runs
        #expect(runs.map(\.id) == ["done", "running", "queued"])
        #expect(runs.map(\.status) == [.completed, .interrupted, .interrupted])
        #expect(runs[1].finishedAt == 9000 && runs[1].reason != nil)
        #expect(try file.interruptEvalRuns(now: 9000) == 0)
    }

    @Test func runsAreListedByWhatIsAskedFor() async throws {
        let file = try file()
        for number in 1...4 { try file.insertEvalRun(run("r\(number)", number == 2 ? .cancelled : .completed)) }
        let page = try await file.evalRuns(EvalRunFilter(limit: 2, offset: 1))
        #expect(page.runs.map(\.id) == ["r3", "r2"] && page.total == 4)
        #expect(try await file.evalRuns(EvalRunFilter(status: .cancelled)).runs.map(\.id) == ["r2"])
        #expect(try await file.evalRuns(EvalRunFilter(suiteID: "other")).total == 0)
    }

    @Test func theOldestMakeWay() async throws {
        let file = try file(runs: 3)
        try file.insertEvalRun(run("old but running", .running))
        for number in 1...5 { try file.insertEvalRun(run("r\(number)")) }
        let runs = try await file.evalRuns(EvalRunFilter()).runs
        #expect(runs.map(\.id) == ["r5", "r4", "r3", "old but running"])
    }

    @Test func largeResultsMakeOldRunsGo() async throws {
        let file = try file(runs: 100, bytes: 50_000)
        for number in 1...4 {
            try file.insertEvalRun(run("r\(number)"))
            try file.add(result(String(repeating: "x", count: 20_000)), to: run("r\(number)"))
        }
        try file.insertEvalRun(run("r5"))
        #expect(try await file.evalRuns(EvalRunFilter()).runs.map(\.id) == ["r5", "r4", "r3"])
        #expect(try await file.evalResults(of: "r1", offset: 0).isEmpty)
    }

    @Test func aRunGoesWithItsResults() async throws {
        let file = try file()
        try file.insertEvalRun(run("one"))
        try file.add(result("x"), to: run("one"))
        #expect(try await file.deleteEvalRun("one"))
        #expect(try await !file.deleteEvalRun("one"))
        #expect(try await file.evalResults(of: "one", offset: 0).isEmpty)
    }

    @Test func aFileThatIsNoneIsPutAside() async throws {
        try folder.write(Array("this is no database, as anybody can see at once".utf8), to: "evals.sqlite")
        let store = try folder.store()
        try store.evals.insertEvalRun(run("one"))
        #expect(FileManager.default.fileExists(atPath: folder.file("evals.sqlite.damaged")))
    }

    @Test func suitesOfPeopleAreConfiguration() async throws {
        let store = try folder.store().configuration
        var suite = Self.suite
        (suite.createdAt, suite.updatedAt) = (1_700_000_000_000, 1_700_000_000_000)
        #expect(try await store.insertEvalSuite(suite))
        #expect(try await !store.insertEvalSuite(suite))
        #expect(try await store.evalSuite("suite") == suite)
        suite.name = "Another"
        #expect(try await store.updateEvalSuite(suite))
        #expect(try await store.evalSuites() == [suite])
        #expect(try await store.deleteEvalSuite("suite"))
        #expect(try await !store.updateEvalSuite(suite))
        #expect(try await store.evalSuite("suite") == nil)
    }
}
