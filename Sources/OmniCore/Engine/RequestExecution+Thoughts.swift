import OmniTranslate

extension RequestExecution {
    /// Takes the thoughts out of the conversation when their signatures are why a target refused it.
    ///
    /// The answer then comes without them rather than not at all, and the client is told.
    /// - Returns: whether the same target is worth another try: once for each request, and only if something changed.
    func forgetsRefusedThoughts(_ fault: UpstreamFault, target: Target) throws(UpstreamFault) -> Bool {
        guard target.format == .anthropicMessages, !hasForgottenThoughts, let envelope,
            ThoughtRemoval.isReason(for: fault)
        else { return false }
        if isPassthrough(target) {
            guard let body = ThoughtRemoval.removed(from: envelope.body) else { return false }
            request.replaceBody(with: body)
            self.envelope = try RequestEnvelope(parsing: request)
            canonical = nil
        } else {
            guard let forgetful = canonical.flatMap({ ThoughtRemoval.removed(from: $0) }) else { return false }
            canonical = forgetful
        }
        hasForgottenThoughts = true
        return true
    }
}
