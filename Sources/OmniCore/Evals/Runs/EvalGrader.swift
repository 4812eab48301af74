import OmniJSON

/// Puts one case to one model, or takes an answer that was brought, and has its judges judge it.
struct EvalGrader: Sendable {
    let caller: any EvalCaller
    let run: EvalRun
    let clock: any RouterClock

    /// - Parameter number: the place in the run, for the ids of requests.
    func ask(_ one: EvalCase, model: String, number: Int) async -> EvalCaseResult {
        let began = clock.monotonicNanoseconds()
        var result = EvalCaseResult(of: one, model: model)
        let requestID = "eval-\(run.id)-\(number)"
        let answer = await caller.answer(
            to: EvalCall(
                requestID: requestID, body: one.request(to: model), clientKey: run.options.clientKey,
                timeout: run.options.timeout))
        result.requestID = requestID
        result.status = answer.status
        result.finishReason = answer.finishReason
        if answer.error == nil { result.latencyMS = answer.latencyMS }
        result.cost = answer.cost
        if let record = answer.record {
            result.provider = record.provider.isEmpty ? nil : record.provider
            result.servedModel = record.servedModel.isEmpty ? nil : record.servedModel
            result.add(record)
        }
        result.keep(answer.text)
        if let error = answer.error {
            result.error = error
        } else {
            await judge(answer.text, of: one, into: &result, requestID: requestID)
        }
        finish(&result, began: began)
        return result
    }

    /// Judges an answer somebody brought.
    func grade(_ answer: String, of one: EvalCase, model: String, number: Int) async -> EvalCaseResult {
        let began = clock.monotonicNanoseconds()
        var result = EvalCaseResult(of: one, model: model)
        result.cost = .zero
        result.keep(answer)
        await judge(answer, of: one, into: &result, requestID: "eval-\(run.id)-\(number)")
        finish(&result, began: began)
        return result
    }

    private func finish(_ result: inout EvalCaseResult, began: UInt64) {
        result.conclude()
        result.isCutOff = Task.isCancelled
        result.durationMS = Int((clock.monotonicNanoseconds() &- began) / 1_000_000)
    }

    /// Those that cost nothing first; models are asked only when these were content.
    private func judge(
        _ answer: String, of one: EvalCase, into result: inout EvalCaseResult, requestID: String
    ) async {
        var judgements: [EvalJudgement?] = one.judges.map { $0.judgement(of: answer) }
        let isSettled = judgements.contains { $0.map { $0.verdict != .pass } ?? false }
        for (index, judge) in one.judges.enumerated() {
            guard case .model(let rubric, let named) = judge.rule, !isSettled else { continue }
            judgements[index] = await ask(
                named ?? run.options.judgeModel, rubric: rubric, about: answer, of: one, into: &result,
                requestID: "\(requestID)-judge-\(index + 1)")
        }
        result.judgements = judgements.compactMap { $0 }
    }

    private func ask(
        _ model: String?, rubric: String, about answer: String, of one: EvalCase, into result: inout EvalCaseResult,
        requestID: String
    ) async -> EvalJudgement {
        guard let model else { return EvalJudgement(type: "model", fault: "the run has no judgeModel") }
        let reply = await caller.answer(
            to: EvalCall(
                requestID: requestID, body: ModelVerdict.request(to: model, rubric: rubric, answer: answer, of: one),
                clientKey: run.options.clientKey, timeout: run.options.timeout))
        if let cost = reply.cost { result.cost = result.cost.map { $0 + cost } } else { result.cost = nil }
        if let record = reply.record { result.add(record) }
        var judgement =
            reply.error.map { EvalJudgement(type: "model", fault: $0) } ?? ModelVerdict.judgement(in: reply.text)
        judgement.model = model
        judgement.requestID = requestID
        judgement.cost = reply.cost
        return judgement
    }
}

extension EvalCaseResult {
    fileprivate mutating func add(_ record: UsageRecord) {
        inputTokens += record.inputTokens + record.cacheReadTokens + record.cacheWriteTokens
        outputTokens += record.outputTokens + record.reasoningTokens
    }
}
