/// Why a target or a step is not attempted now.
public enum RouteSkip: UInt8, Sendable, CaseIterable {
    /// Left alone after a failure.
    case cooling
    /// Its circuit breaker is open.
    case breakerOpen
    /// Another request tests whether it has recovered.
    case probing
    /// As many attempts are in flight as the account may have.
    case accountFull
    /// As many attempts are in flight as the model may have on the account.
    case modelFull
    /// As many attempts are in flight as the step may have.
    case stepFull
    /// Its requests or tokens for now are used up.
    case limited
    /// This request has attempted it already.
    case tried
    /// This request found the account or the model unable to help.
    case excluded
    /// This request has attempted as many accounts of the model as it may.
    case tooManyAccounts
    /// The client key may not use the account.
    case notAllowed
    /// The step's conditions do not fit the request.
    case condition
    /// The model's window is too small for the request.
    case contextTooSmall
    /// Repeating is not paid for by the account's recent requests.
    case retryBudget

    /// Whether it passes by itself.
    public var isTemporary: Bool {
        switch self {
        case .cooling, .breakerOpen, .probing, .accountFull, .modelFull, .stepFull, .limited, .retryBudget: true
        case .tried, .excluded, .tooManyAccounts, .notAllowed, .condition, .contextTooSmall: false
        }
    }
}
