public import OmniTranslate

extension CatalogSnapshot {
    /// What a policy says of a request; nil when none does.
    /// - Parameters:
    ///   - model: as it is planned; `written` as the client wrote it, which a URL may have confined to a provider.
    ///   - outputTokens: what the client allows, or an estimate.
    ///   - wall: milliseconds since 1970.
    public func verdict(
        model: String, written: String? = nil, clientKey: ClientKeyID?, clientFormat: WireFormat, inputTokens: Int,
        outputTokens: Int, at wall: Int64
    ) -> PolicyEvaluator.Verdict? {
        guard !policies.isEmpty else { return nil }
        var request = PolicyEvaluator.Request(
            clientKey: clientKey, model: written ?? model, clientFormat: clientFormat, inputTokens: inputTokens)
        request.otherNames = names(of: model)
        if policies.asksForCost {
            let traits = RequestTraits(
                inputTokens: inputTokens, outputTokens: outputTokens, clientFormat: clientFormat)
            request.cost = cost(of: traits, model: model)
        }
        return policies.verdict(on: request, at: wall)
    }

    /// In dollars; for a combo that of its cheapest step.
    private func cost(of request: RequestTraits, model: String) -> Double? {
        do throws(UpstreamFault) {
            let plan = try plan(model: model, clientFormat: request.clientFormat)
            // Prices are for a million tokens.
            return plan.nodes.last?.cost(of: request).map { $0 / 1_000_000 }
        } catch {
            return nil
        }
    }
}

extension PolicyEvaluator.Verdict {
    /// The name to plan instead; nil to plan what was asked for.
    /// - Throws: a fault of kind permission that names the policy, when it refuses the request.
    public func replacement() throws(UpstreamFault) -> String? {
        switch action {
        case .allow: return nil
        case .rewrite(let model): return model
        case .force(let combo): return combo
        case .deny(let reason):
            throw UpstreamFault(
                .permission,
                message: "the policy '\(name)' refuses this request" + (reason.map { ": \($0)" } ?? ""),
                code: "policy_denied")
        }
    }
}
