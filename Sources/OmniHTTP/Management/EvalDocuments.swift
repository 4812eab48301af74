import HTTPTypes
import OmniCore

extension RouteDocument {
    static let listEvalSuites = RouteDocument(
        "evals.list", "List the suites of evals",
        details: "How answers are judged is shown by each suite's own address.",
        answers: [.ok(.array(of: .evalSuite))])

    static let submitEval = RouteDocument(
        "evals.submit", "Run a suite, or make one",
        details: """
            With `suiteId` it is run: as a job (202), or with `wait: true` or with `outputs` (answers by the id of their \
            case, which are only judged) until it is over (200). Without, a suite is made (201). Unknown members are refused.
            """,
        body: .json(.either(.evalStart, .evalSuiteChange.requiring(["name", "cases"]))),
        answers: [
            .created(.evalSuite, "The suite was made."), .ok(.evalRunWithResults, "The run is over."),
            .other(.accepted, .evalRun, "The run goes on."),
        ], refusals: [.notFound, .conflict, .tooManyRequests, .serviceUnavailable])

    static let showEvalSuite = RouteDocument(
        "evals.show", "Show a suite with its judges", answers: [.ok(.evalSuite)], refusals: [.notFound])

    static let replaceEvalSuite = RouteDocument(
        "evals.change", "Put another suite in the place of one",
        details: "Suites that come with the router are not changed.",
        body: .json(.evalSuiteChange.requiring(["name", "cases"])), answers: [.ok(.evalSuite)],
        refusals: [.notFound, .conflict])

    static let changeEvalSuite = RouteDocument(
        "evals.change", "Change a suite",
        details: "Cases that are sent take the place of all before. Suites that come with the router are not changed.",
        body: .optional(.evalSuiteChange), answers: [.ok(.evalSuite)], refusals: [.notFound, .conflict])

    static let deleteEvalSuite = RouteDocument(
        "evals.delete", "Delete a suite", details: "Its runs stay.", answers: [.ok(.success)],
        refusals: [.notFound, .conflict])

    static let listEvalRuns = RouteDocument(
        "evals.runs", "List the runs, newest first",
        query: [
            Parameter("suiteId", "Of one suite."),
            Parameter("status", "In one state.", .cases(of: EvalRun.Status.self)),
            Parameter("limit", "How many; 50 unless told.", .integer(1...200)),
            Parameter("offset", "How many are left out.", .integer(0...1_000_000)),
        ], answers: [.ok(.record(["runs": .array(of: .evalRun), "total": .count]))])

    static let startEval = RouteDocument(
        "evals.run", "Run a suite", details: "As `POST /api/evals` with `suiteId`.", body: .json(.evalStart),
        answers: [.ok(.evalRunWithResults, "The run is over."), .other(.accepted, .evalRun, "The run goes on.")],
        refusals: [.notFound, .tooManyRequests, .serviceUnavailable])

    static let showEvalRun = RouteDocument(
        "evals.show-run", "Show a run with its results",
        query: [Parameter("after", "How many results are left out.", .integer(0...1_000_000))],
        answers: [.ok(.evalRunWithResults)], refusals: [.notFound])

    static let endEvalRun = RouteDocument(
        "evals.end-run", "Cancel a run that is under way, or remove one that is over",
        answers: [.ok(.record(["success": .yes, "cancelled": .flag, "removed": .flag]))], refusals: [.notFound])

    static let compareEvalRuns = RouteDocument(
        "evals.compare", "Show runs side by side",
        details: "Each run and model is a column; the others are held against the first.",
        query: [Parameter("runs", "One to eight ids of runs, with commas between.", isRequired: true)],
        answers: [.ok(.evalComparison)], refusals: [.notFound])
}

extension JSONSchema {
    static let evalStart = JSONSchema.object(
        [
            "suiteId": .string(minimum: 1, maximum: 200),
            "model": .string(maximum: 400).orNull.meaning("A model, an alias or a combo."),
            "models": .array(of: .string(minimum: 1, maximum: 400), maximum: 10).orNull,
            "combo": .string(maximum: 400).orNull,
            "concurrency": .integer(EvalRun.Options.concurrencies).orNull.meaning("Cases at once; 4 unless told."),
            "maxCostUsd": .number(0.000_001...1_000_000).orNull.meaning(
                "The run ends before this is exceeded by more than one case."),
            "timeoutMs": .integer(EvalRun.Options.timeouts).orNull.meaning("For each answer; 60000 unless told."),
            "judgeModel": .string(maximum: 400).orNull.meaning("For judges that name no model."),
            "keyId": .string(maximum: 200).orNull.meaning("A client key whose budgets and permissions hold."),
            "note": .string(maximum: 500).orNull, "wait": .flag.orNull,
            "outputs": .map(of: .text).orNull.meaning("Answers by the id of their case, to be judged."),
        ], required: ["suiteId"])

    static let evalJudge = JSONSchema.component(
        "EvalJudge",
        .object(
            [
                "type": .choice("exact", "contains", "regex", "json_schema", "model"),
                "value": .any.meaning("Of exact and contains."), "values": .array(of: .text, maximum: 50).orNull,
                "match": .choice("all", "any").orNull.meaning("Of contains."), "ignoreCase": .flag.orNull,
                "pattern": .string(minimum: 1, maximum: LinearRegex.maximumPattern).orNull.meaning("Of regex."),
                "schema": .any.meaning("Of json_schema: the subset of docs/evals.md."),
                "rubric": .string(minimum: 1).orNull.meaning("Of model."), "model": .string(maximum: 400).orNull,
                "negate": .flag.orNull,
            ], required: ["type"]))

    private static let evalExpectation = JSONSchema.object(
        ["strategy": .choice("exact", "contains", "regex", "json_schema", "model"), "value": .any])

    static let evalSuiteChange = JSONSchema.object([
        "id": .string(maximum: 80).orNull.meaning("Of a suite that is made; a to z, 0 to 9 and -."),
        "name": .string(minimum: 1, maximum: 200), "description": .string(maximum: 2000).orNull,
        "cases": .array(
            of: .object(
                [
                    "id": .string(maximum: 100).orNull, "name": .string(maximum: 200).orNull,
                    "model": .string(maximum: 400).orNull,
                    "input": .either(.string(minimum: 1), .anyObject).meaning(
                        "A question, or a request of OpenAI's Chat dialect."),
                    "judges": .array(of: .evalJudge, maximum: 10).orNull.meaning("All must be content."),
                    "expected": evalExpectation.orNull.meaning("One judge in short."),
                    "tags": .array(of: .string(minimum: 1, maximum: 100), maximum: 50).orNull,
                ], required: ["input"]), maximum: EvalSuite.maximumCases),
    ])

    static let evalSuite = JSONSchema.component(
        "EvalSuite",
        .record([
            "id": .text, "name": .text, "description": .text, "caseCount": .count, "isBuiltIn": .flag,
            "createdAt": .moment.optional, "updatedAt": .moment.optional,
            "cases": .array(
                of: .record([
                    "id": .text, "name": .text, "model": .text.orNull, "input": .anyObject, "tags": .texts,
                    "judges": .array(of: .evalJudge).optional, "expected": evalExpectation.optional,
                ])),
        ]))

    private static let evalTally = JSONSchema.record([
        "total": .count.meaning("Judged so far."), "passed": .count, "failed": .count,
        "errors": .count.meaning("Among the failed."), "passRate": .number(0...100), "costUsd": .money,
        "unpriced": .count.meaning("Answers without a known price."), "inputTokens": .count, "outputTokens": .count,
        "answered": .count, "latencyMs": .count, "avgLatencyMs": .count.orNull,
    ])

    private static let evalRunMembers = JSONSchema.record([
        "id": .text, "runId": .text, "suiteId": .text, "suiteName": .text, "kind": .cases(of: EvalRun.Kind.self),
        "models": .texts,
        "options": .record([
            "concurrency": .count, "maxCostUsd": .money.orNull, "timeoutMs": .count, "judgeModel": .text.optional,
            "keyId": .text.optional,
        ]), "note": .text, "status": .cases(of: EvalRun.Status.self), "reason": .text.optional, "createdAt": .moment,
        "startedAt": .moment.optional, "finishedAt": .moment.optional,
        "progress": .record(["total": .count, "done": .count, "percent": .integer(0...100)]), "summary": evalTally,
        "costUsd": .money, "costOfRestUsd": .money.meaning("Of cases that were cut off."),
        "byModel": .array(of: evalTally.with(["model": .text])),
    ])

    static let evalRun = JSONSchema.component("EvalRun", evalRunMembers)

    static let evalRunWithResults = JSONSchema.component(
        "EvalRunWithResults", evalRunMembers.with(["results": .array(of: .evalResult)]))

    static let evalResult = JSONSchema.component(
        "EvalResult",
        .record([
            "caseId": .text, "caseName": .text, "model": .text, "passed": .flag,
            "outcome": .cases(of: EvalCaseResult.Outcome.self), "durationMs": .count, "error": .text.optional,
            "output": .text, "outputTruncated": .yes.optional, "finishReason": .text.optional,
            "statusCode": .count.optional, "latencyMs": .count.optional, "provider": .text.optional,
            "servedModel": .text.optional, "requestId": .text.optional, "inputTokens": .count,
            "outputTokens": .count, "costUsd": .money.orNull, "caseDigest": .text,
            "details": .record([
                "judgements": .array(
                    of: .record([
                        "type": .text, "verdict": .cases(of: EvalJudgement.Verdict.self), "reason": .text,
                        "negate": .yes.optional, "score": .share.optional, "model": .text.optional,
                        "requestId": .text.optional, "costUsd": .money.orNull.optional,
                    ]))
            ]),
        ]))

    static let evalComparison = JSONSchema.record([
        "columns": .array(
            of: JSONSchema.record([
                "runId": .text, "suiteId": .text, "suiteName": .text, "status": .cases(of: EvalRun.Status.self),
                "createdAt": .moment, "note": .text, "model": .text,
                "changes": .record(["same": .count, "fixed": .count, "broken": .count, "missing": .count]),
            ]).with(evalTally)),
        "cases": .array(
            of: .record([
                "caseId": .text, "caseName": .text, "isChanged": .flag,
                "cells": .array(
                    of: JSONSchema.record([
                        "change": .choice("same", "fixed", "broken", "missing"), "result": .evalResult,
                    ]).orNull),
            ])),
    ])
}
