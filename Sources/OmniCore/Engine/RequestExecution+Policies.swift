import OmniJSON
import OmniTranslate

extension RequestExecution {
    /// The name to plan: what the client asked for, or what a policy puts in its place.
    /// - Throws: a fault of kind permission when a policy refuses the request.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func governed(
        _ envelope: RequestEnvelope, by snapshot: CatalogSnapshot
    ) throws(UpstreamFault) -> String {
        let model = try snapshot.confined(envelope.model, to: request.operation.provider)
        guard !snapshot.policies.isEmpty else { return model }
        let verdict = snapshot.verdict(
            model: model, written: envelope.model, clientKey: request.clientKey, clientFormat: request.clientFormat,
            inputTokens: request.bodyLength / 4,
            outputTokens: request.operation.service == nil ? Self.outputTokens(envelope.body) : 0,
            at: engine.clock.wallMilliseconds())
        guard let verdict else { return model }
        policy = verdict.name
        return try verdict.replacement() ?? model
    }
}
