import OmniJSON
import OmniTranslate

/// Limits of use: what a request may cost is reserved before it is sent, and what it cost is settled when it has ended.
extension RequestExecution {
    /// Reserves for the router as a whole and for the client key.
    ///
    /// - Throws: the limit that the request would break, in the client's words.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func reserve(for plan: RoutePlan) throws(UpstreamFault) {
        guard engine.limits.isActive else { return }
        var scopes: [LimitScope] = [.global]
        if let key = request.clientKey { scopes.append(.clientKey(key)) }
        do throws(LimitRefusal) {
            reservation = try reserve(scopes, prices: plan.prices)
        } catch {
            throw error.fault
        }
    }

    /// Reserves for the connection and the model of a target.
    ///
    /// - Throws: the limit; another target may be tried.
    @inline(never)  // See above.
    func reserve(for target: Int, of plan: RoutePlan) throws(LimitRefusal) -> LimitBook.Reservation? {
        guard engine.limits.isActive else { return nil }
        let choice = plan.targets[target]
        var scopes: [LimitScope] = [.model(provider: choice.provider, model: choice.model.lowercased())]
        if let connection = choice.connection { scopes.append(.connection(connection)) }
        return try reserve(scopes, prices: [plan.prices[target]])
    }

    private func reserve(
        _ scopes: [LimitScope], prices: [UsagePrice?]
    ) throws(LimitRefusal) -> LimitBook.Reservation? {
        // A rough guess: four bytes a token, and all the output that may come.
        let expected = service?.expectedUse
        var usage = Usage()
        usage.input = expected?.inputTokens ?? request.bodyLength / 4
        usage.output =
            expected?.outputTokens ?? envelope.flatMap { Self.outputLimit(in: $0.body) } ?? Self.usualOutput
        let cost = prices.compactMap { $0?.cost(of: usage, billed: expected?.billed) }.max()
        return try engine.limits.reserve(
            scopes, cost: cost ?? .zero, tokens: usage.input + usage.output, at: engine.clock.wallMilliseconds())
    }

    /// Keeps what the request may cost where a crash does not reach it, before it is sent.
    @inline(never)  // See above.
    func holdReservation() {
        guard let reservation = reservation ?? route?.reservation else { return }
        var held = record
        held.inputTokens = reservation.tokens
        held.billed = service?.expectedUse.billed
        held.cost = reservation.cost
        held.isEstimated = true
        held.status = 500
        held.errorCode = "interrupted"
        heldPlace = engine.recorder.hold(held, in: heldPlace)
    }

    @inline(never)  // See above.
    func settle(_ reservation: LimitBook.Reservation?, isCounted: Bool = true) {
        guard let reservation else { return }
        let tokens =
            record.inputTokens + record.cacheReadTokens + record.cacheWriteTokens + record.outputTokens
            + record.reasoningTokens
        engine.limits.settle(
            reservation, cost: record.cost, tokens: tokens, isCounted: isCounted,
            at: engine.clock.wallMilliseconds())
    }

    /// Tokens an answer has where the client sets no limit.
    private static let usualOutput = 1024

    /// The client's limit of the answer's length, whatever its dialect calls it.
    private static func outputLimit(in body: JSONValue) -> Int? {
        for name in ["max_tokens", "max_completion_tokens", "max_output_tokens"] as [StaticString] {
            if let limit = body.present(name)?.int { return max(0, limit) }
        }
        for group in ["generationConfig", "generation_config", "options"] as [StaticString] {
            guard let options = body.present(group) else { continue }
            for name in ["maxOutputTokens", "max_output_tokens", "num_predict"] as [StaticString] {
                if let limit = options.present(name)?.int { return max(0, limit) }
            }
        }
        return nil
    }
}
