import OmniTranslate

/// Vectors of different lengths must not get into one index.
extension RequestExecution {
    /// How many numbers a vector must have.
    ///
    /// What the client wants, else what its first choice is known to give, else what the combo gave before. nil where only one
    /// model may answer, for then there is nothing to mix, and when nothing is known yet.
    private func wantedLength(_ request: EmbeddingRequest) -> Int? {
        guard let plan = route?.course.plan, plan.hasSeveralModels, let first = plan.targets.first else { return nil }
        return request.dimensions ?? first.dimensions ?? plan.comboName.flatMap { engine.vectorLengths["combo \($0)"] }
    }

    /// Passes over a model that is known to give vectors of another length.
    /// - Throws: a fault that lets the next step of the combo try.
    func checkLength(of target: Target, for request: EmbeddingRequest) throws(UpstreamFault) {
        guard request.dimensions == nil, let wanted = wantedLength(request),
            let known = target.dimensions ?? engine.vectorLengths[target.lengthName], known != wanted
        else { return }
        throw Self.wrongLength(known, wanted: wanted, target: target)
    }

    /// - Throws: a fault that lets the next step of the combo try.
    func checkLength(_ answer: EmbeddingAnswer, of target: Target, for request: EmbeddingRequest) throws(UpstreamFault)
    {
        guard let plan = route?.course.plan, plan.hasSeveralModels, let length = answer.dimensions else { return }
        let wanted = wantedLength(request)
        if request.dimensions == nil {
            engine.vectorLengths.note(length, of: target.lengthName)
            if let combo = plan.comboName, wanted ?? length == length {
                engine.vectorLengths.note(length, of: "combo \(combo)")
            }
        }
        if let wanted, wanted != length { throw Self.wrongLength(length, wanted: wanted, target: target) }
    }

    private static func wrongLength(_ length: Int, wanted: Int, target: Target) -> UpstreamFault {
        UpstreamFault(
            .invalidRequest,
            message: "the embeddings of '\(target.model)' have \(length) numbers, and \(wanted) are wanted; "
                + "'dimensions' says how many an answer shall have",
            code: "unsupported_parameter", parameter: "model")
    }
}

extension Target {
    fileprivate var lengthName: String { "\(provider.rawValue)/\(model)" }
}

extension RoutePlan {
    /// Whether one of several models may answer.
    fileprivate var hasSeveralModels: Bool {
        targets.contains { $0.model != targets[0].model || $0.provider != targets[0].provider }
    }
}
