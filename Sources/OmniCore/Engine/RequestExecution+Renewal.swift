import NIOCore
import OmniTranslate

/// Tokens that are refused while a request is under way.
extension RequestExecution {
    /// The longest a request waits for a new token.
    private static let renewalPatience: Duration = .seconds(20)

    /// Whether an upstream refused an access token that may be renewed.
    @inline(never)  // Its temporaries would lie in the frame of every suspended attempt.
    func refusesToken(_ outcome: Outcome, target: Target) -> Bool {
        guard target.token != nil, engine.renewer != nil, case .failed(let failure) = outcome else { return false }
        return FailureClassifier.verdict(failure.fault, canRefresh: true).suggestsRefresh
    }

    /// Waits for a new token, with all other requests of the account, and tries the target again.
    /// - Returns: the refusal itself when there is no new token.
    @inline(never)  // See above.
    func attemptRenewed(_ target: Target, refused outcome: Outcome) async -> Outcome {
        guard let renewer = engine.renewer, let old = target.token, let connection = target.connection else {
            return outcome
        }
        let token = await renewer.token(
            of: connection, insteadOf: old.token, on: eventLoop,
            within: min(Self.renewalPatience, deadlines.firstEvent))
        guard let token, !writer.isClosed else { return outcome }
        let renewed = target.renewed(with: token)
        route?.times = AttemptTimes()
        return await attempt(renewed)
    }
}
