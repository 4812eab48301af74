import OmniJSON
import OmniTranslate

/// What is recorded of a request, and when.
extension RequestExecution {
    /// Hands the record over, once.
    ///
    /// Called before the last byte of the answer is written: what a client has been answered must be on record, whatever
    /// becomes of the process in the next moment.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func conclude() {
        guard !isConcluded else { return }
        isConcluded = true
        let elapsed = engine.clock.monotonicNanoseconds() &- startedAt
        record.latencyMS = Int(elapsed / 1_000_000)
        // Answers that never began: errors, and requests whose client left.
        if record.overheadMicroseconds == nil { noteOverhead(elapsed: elapsed) }
        if let route { noteRoute(route) }
        // One copy for both: what belongs to an object may not be lent while others might write it.
        let record = record
        writer.metered(record)
        if !request.operation.isCount { engine.recorder.record(record) }
        if let heldPlace { engine.recorder.release(heldPlace) }
    }

    /// Enters what was used: the upstream's own counts where it gave them, else an estimate that is marked as one.
    ///
    /// - Parameters:
    ///   - billed: what was used besides tokens.
    ///   - text: bytes of the answer's text, as far as it came.
    ///   - isWhole: whether the answer came to its end; counts given in the middle of one do not hold all of its output.
    func settle(_ usage: Usage?, billed: BilledQuantity? = nil, text: Int = 0, isWhole: Bool = true) {
        var usage = usage ?? estimatedInput
        if !isWhole || usage.isEstimated {
            let output = TokenCounting.estimatedOutput(text)
            if output > usage.totalOutput {
                usage.output = output - usage.reasoning
                usage.isEstimated = true
            }
        }
        record.inputTokens = usage.input
        record.cacheReadTokens = usage.cacheRead
        record.cacheWriteTokens = usage.cacheWrite
        record.outputTokens = usage.output
        record.reasoningTokens = usage.reasoning
        record.isEstimated = usage.isEstimated
        record.billed = billed
        priceRecord()
    }

    /// Bytes of text in a whole answer; counted only where the upstream does not say what was used.
    func textBytes(of answer: JSONValue, from target: Target, isCounted: Bool) -> Int {
        isCounted ? 0 : AnswerText.byteCount(in: answer, of: target.format)
    }

    private var estimatedInput: Usage {
        var usage = Usage()
        usage.input = TokenCounting.estimate(request.bodyLength)
        usage.isEstimated = true
        return usage
    }

    /// Puts the cost beside the counts, at the price of the target under way.
    private func priceRecord() {
        if let cache, cache.status == .hit {
            record.isCached = true
            record.savedCost = cache.price?.cost(of: record) ?? cache.keptCost
            record.cost = .zero
            return
        }
        guard let route, let ticket = route.ticket else { return }
        record.cost = route.course.plan.prices[ticket.target]?.cost(of: record)
    }
}
