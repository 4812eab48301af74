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

    /// Asks an Ollama model no more to think when that is why it was refused.
    ///
    /// The answer then comes without thoughts rather than not at all, and the client is told. Ollama's own clients asked
    /// in the server's own words and get its refusal, unless it was the router's owner who wished for thoughts.
    /// - Returns: whether the same target is worth another try.
    func leavesOutRefusedThinking(_ fault: UpstreamFault, target: Target) -> Bool {
        guard target.format == .ollama, request.clientFormat != .ollama || thinking != nil,
            ThinkingRefusal.isReason(for: fault)
        else { return false }
        leavesOutThinking = true
        return true
    }
}
